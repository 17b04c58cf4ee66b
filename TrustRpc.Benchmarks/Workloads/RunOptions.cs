using System.Globalization;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>What the command line asks for.</summary>
/// <param name="Names">Workloads to run, by their whole name or the beginning of it; none means all.</param>
/// <param name="Seconds">How long each side is measured in each round.</param>
/// <param name="Rounds">How often the sides take turns.</param>
internal sealed record RunOptions(IReadOnlyList<string> Names, double Seconds, int Rounds)
{
    internal const string Usage = """
        dotnet run -c Release --project TrustRpc.Benchmarks [-- workload… ] [--seconds N] [--rounds N]

          workload     its name or the beginning of it (w1, w2-sealed, …); none runs all
          --seconds N  how long raw sockets and TrustRpc are measured each in a round (0.4)
          --rounds N   how many rounds they take in turns (9)
        """;

    /// <summary>Long enough for the hot methods to reach the optimising compiler.</summary>
    internal static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <returns>Null when the command line cannot be understood.</returns>
    internal static RunOptions? Parse(string[] args)
    {
        var options = new RunOptions([], 0.4, 9);
        for (var i = 0; i < args.Length; i++)
        {
            var following = i + 1 < args.Length ? args[i + 1] : null;
            if (args[i] == "--seconds" && double.TryParse(following, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
                (options, i) = (options with { Seconds = seconds }, i + 1);
            else if (args[i] == "--rounds" && int.TryParse(following, CultureInfo.InvariantCulture, out var rounds) && rounds > 0)
                (options, i) = (options with { Rounds = rounds }, i + 1);
            else if (!args[i].StartsWith('-'))
                options = options with { Names = [.. options.Names, args[i]] };
            else
                return null;
        }
        return options;
    }

    internal bool Asks(string workload) =>
        Names.Count == 0 || Names.Contains(workload, StringComparer.OrdinalIgnoreCase) || Names.Any(name => Begins(workload, name));

    private static bool Begins(string workload, string name) => workload.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase);
}
