namespace TrustRpc.Programs;

/// <summary>Colour for people: only on a terminal, and never where <c>NO_COLOR</c> is set (no-color.org).</summary>
internal sealed class Terminal(bool redirected)
{
    public static Terminal Output { get; } = new(Console.IsOutputRedirected);

    public static Terminal Error { get; } = new(Console.IsErrorRedirected);

    /// <summary>Whether somebody looks on, and what stands there can be written over.</summary>
    public bool IsScreen { get; } = !redirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private bool HasColour => IsScreen && !HasNoColor;

    private static bool HasNoColor { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public string Green(string text) => In("32", text);

    public string Red(string text) => In("31", text);

    public string Yellow(string text) => In("33", text);

    public string Bold(string text) => In("1", text);

    public string Dim(string text) => In("2", text);

    /// <summary>The text in place of what stands on the terminal; where there is none, behind it.</summary>
    public string InPlace(string text) => IsScreen ? $"\e[H\e[J{text}" : text;

    private string In(string code, string text) => HasColour ? $"\e[{code}m{text}\e[0m" : text;
}
