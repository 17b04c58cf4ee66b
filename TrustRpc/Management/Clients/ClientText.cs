namespace TrustRpc.Management;

/// <summary>Texts that come from clients: short, and with nothing in them that steers a terminal or breaks a line.</summary>
internal static class ClientText
{
    public static string Name(string text, string what)
        => text is { Length: > 0 and <= KnownClient.LongestName } && !HasControl(text)
            ? text
            : throw new ArgumentException($"{what} must be 1 to {KnownClient.LongestName} characters without control characters.", what);

    public static string Other(string text, string what)
        => text is { Length: <= KnownClient.LongestText } && !HasControl(text)
            ? text
            : throw new ArgumentException($"{what} must be at most {KnownClient.LongestText} characters without control characters.", what);

    /// <summary>As <see cref="Other"/>, for what this side did not choose: cut and cleaned instead of refused.</summary>
    public static string Tame(string text)
    {
        text = Cut(text, KnownClient.LongestText);
        return HasControl(text) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
    }

    /// <summary>The beginning of a text, never half a character.</summary>
    public static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    private static bool HasControl(string text) => text.Any(char.IsControl);
}
