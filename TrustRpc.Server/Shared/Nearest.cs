namespace TrustRpc.Programs;

/// <summary>What somebody may have meant who mistyped a word.</summary>
internal static class Nearest
{
    /// <summary>The most similar one; null where none is similar enough to be meant.</summary>
    public static string? To(string word, IEnumerable<string> known)
        => known.Select(candidate => (Candidate: candidate, Distance: word.Length > 0 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(word, candidate)))
            .Where(near => near.Distance <= Math.Max(1, Math.Min(word.Length, near.Candidate.Length) / 3))
            .OrderBy(near => near.Distance)
            .Select(near => near.Candidate)
            .FirstOrDefault();

    // Letters that are missing, surplus, other, or swapped with their neighbour count one each.
    private static int Distance(string a, string b)
    {
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                steps[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}
