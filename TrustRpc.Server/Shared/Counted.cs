namespace TrustRpc.Programs;

/// <summary>A number of things in a sentence: 1 call, 2 calls.</summary>
internal static class Counted
{
    /// <param name="number">How many.</param>
    /// <param name="thing">What one of them is called; several end in an s.</param>
    public static string Of(long number, string thing) => FormattableString.Invariant($"{number} {thing}{(number == 1 ? "" : "s")}");
}
