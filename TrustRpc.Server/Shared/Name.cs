using System.Text;

namespace TrustRpc.Programs;

/// <summary>Names that travel in the handshake, and texts of others on this terminal.</summary>
internal static class Name
{
    private const int MostBytes = 128;

    /// <param name="name">What was given.</param>
    /// <param name="option">What it was given with, for the message.</param>
    /// <exception cref="UsageException">The protocol does not allow it.</exception>
    public static string Check(string name, string option = "--name")
        => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MostBytes && !name.Any(char.IsControl)
            ? name
            : throw new UsageException($"{option} must have 1 to {MostBytes} bytes and no control characters.");

    /// <summary>A text of a peer's with nothing in it that steers the terminal.</summary>
    public static string Printable(string text)
        => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
