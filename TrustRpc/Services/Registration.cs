namespace TrustRpc.Services;

/// <summary>Reports everything that is wrong with a service or an interface at once.</summary>
internal static class Registration
{
    /// <param name="problems">What is wrong; empty = nothing.</param>
    /// <param name="consequence">What does not happen because of it.</param>
    public static void ThrowIfAny(List<string> problems, string consequence)
    {
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"{consequence}: {string.Join("; ", problems)}.");
        }
    }
}
