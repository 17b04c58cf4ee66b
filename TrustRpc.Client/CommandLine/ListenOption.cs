using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>The options of every sub-command that listens, as <see cref="ListenOptions"/> reads them.</summary>
internal static class ListenOption
{
    private static readonly Option[] Others =
    [
        new("--name", "NAME", "the server's name, which clients may insist on"),
        new("--certificate", "FILE", "for tls://: a .pfx file, or a certificate in PEM form") { Default = "one made on the spot, which the proofs cover", Completion = Completion.Files },
        new("--key", "FILE", "its private key in PEM form, unencrypted") { Default = "in the certificate's file", Completion = Completion.Files },
        new("--certificate-password-env", "NAME", "the environment variable that holds the password of the .pfx file"),
        new("--allow-text-trust-id", null, "listen beyond this machine with a TRUST_ID that keygen did not make"),
    ];

    /// <param name="otherwise">Where it listens when nothing is said.</param>
    public static Option[] All(string otherwise)
        => [new("--listen", "URI", "listen there") { MayRepeat = true, Default = otherwise }, .. Others];
}
