using System.Security.Cryptography;
using System.Text;

namespace TrustRpc.Trust;

/// <summary>The form of a secret text (section 3.1): what is trimmed, what is refused, what counts as generated.</summary>
internal static class SecretText
{
    public const string GeneratedPrefix = "tr1_";

    /// <summary>What <c>.env.example</c> holds where a secret belongs.</summary>
    public const string Placeholder = "replace-this-with-the-line-that-keygen-prints";

    public const string HowToMakeOne = $"make one with: dotnet run --project TrustRpc.Server -- keygen (or trustrpc keygen; in a program {nameof(TrustId)}.{nameof(TrustId.Generate)}().{nameof(TrustId.ExportSecretText)}())";
    private const int ShortestBytes = 16;
    private const int GeneratedBytes = 32;
    private const int GeneratedCharacters = 43;

    /// <summary>The trimmed text, or a refusal that never shows it.</summary>
    /// <param name="text">As it was given.</param>
    /// <param name="source">Where it was given, for the message.</param>
    public static string Normalise(string text, string source)
    {
        string trimmed = text.Trim('\t', '\n', '\v', '\f', '\r', ' ');
        if (!StrictJson.IsUnicode(trimmed))
            throw Unusable($"The secret from {source} is not valid Unicode (an unpaired surrogate): {HowToMakeOne}");
        if (Encoding.UTF8.GetByteCount(trimmed) < ShortestBytes)
            throw Unusable($"The secret from {source} is shorter than {ShortestBytes} bytes: {HowToMakeOne}");
        if (trimmed == Placeholder)
            throw Unusable($"The secret from {source} is still the placeholder of .env.example: {HowToMakeOne}");
        return trimmed;
    }

    public static string Generate() => GeneratedPrefix + Base64UrlText.Encode(RandomNumberGenerator.GetBytes(GeneratedBytes));

    public static bool IsGenerated(string secret)
    {
        if (secret.Length != GeneratedPrefix.Length + GeneratedCharacters || !secret.StartsWith(GeneratedPrefix, StringComparison.Ordinal))
            return false;

        // One by one: compiling a search for them costs every program some milliseconds of its start.
        foreach (char c in secret.AsSpan(GeneratedPrefix.Length))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        }

        return true;
    }

    public static TrustException Unusable(string message) => new(TrustFailure.NoUsableSecret, message);
}
