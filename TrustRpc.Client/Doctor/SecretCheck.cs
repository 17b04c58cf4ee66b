using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Looks for the secret, as every program of this library does.</summary>
internal static class SecretCheck
{
    private const string Name = "secret";

    /// <summary>Null in place of the secret where there is none.</summary>
    public static (TrustId? Secret, IReadOnlyList<Finding> Findings) Run()
    {
        TrustId secret;
        try
        {
            secret = TrustId.FromEnvironment();
        }
        catch (TrustException e)
        {
            return (null, [Finding.Failed(Name, e.Message, "Both ends need the same line TRUST_ID=...: make one with 'trustrpc keygen', or copy it from where the server runs.", ExitCode.Usage)]);
        }

        string strength = secret.IsGenerated ? "generated, 256 random bits" : "a text of someone's choosing";
        return (secret,
        [
            Finding.Ok(Name, $"from {Where(secret.Source)}; {strength}"),
            .. secret.Warnings.Select(warning => Finding.Warning(Name, warning)),
            Finding.Ok("fingerprint", $"{secret.Fingerprint} at this end"),
        ]);
    }

    private static string Where(string source)
        => File.Exists(source) && FileFacts.Of(source) is { } facts ? $"{source} ({facts.OwnerText}mode {facts.ModeText})" : source;
}
