using System.Globalization;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Whole numbers from 1 on, as values of options.</summary>
internal static class Numbers
{
    /// <exception cref="UsageException">It is no such number.</exception>
    public static int Read(string option, string? text, int otherwise, int most)
        => text is null ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number <= most ? number
        : throw new UsageException($"{option} {text}: that is not a number from 1 to {most}.");
}
