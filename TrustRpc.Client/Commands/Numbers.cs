using System.Globalization;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Whole numbers from 1 on, as values of options.</summary>
internal static class Numbers
{
    /// <exception cref="UsageException">It is no such number.</exception>
    public static int Read(string option, string? text, int otherwise, int most) => (int)Read(option, text, otherwise, (long)most);

    /// <exception cref="UsageException">It is no such number.</exception>
    public static long Read(string option, string? text, long otherwise, long most)
        => text is null ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0 && number <= most ? number
        : throw new UsageException($"{option} {text}: that is not a number from 1 {(most == long.MaxValue ? "on" : $"to {most}")}.");
}
