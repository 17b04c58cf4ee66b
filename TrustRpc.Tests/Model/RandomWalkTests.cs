using System.Globalization;
using Xunit.Abstractions;

namespace TrustRpc.Tests.Model;

/// <summary>
/// Each call and each stream ends exactly once on each side, nothing is executed twice, and no slot, token or timer is left, whatever two peers do to each other. The
/// variable TRUSTRPC_WALK_SEED runs one walk again, TRUSTRPC_WALKS that many of them.
/// </summary>
public sealed class RandomWalkTests(ITestOutputHelper output)
{
    private const int Walks = 10_000;

    [Fact]
    public async Task Whatever_two_peers_do_everything_ends_once_and_nothing_is_left()
    {
        int? one = Number("TRUSTRPC_WALK_SEED");
        int first = one ?? Random.Shared.Next();
        int count = one is null ? Number("TRUSTRPC_WALKS") ?? Walks : 1;
        output.WriteLine($"Seeds from {first}, {count} walks.");

        ParallelOptions options = new() { MaxDegreeOfParallelism = 4 };
        await Parallel.ForAsync(0, count, options, async (number, _) => await new Walk(unchecked(first + number)).RunAsync());
    }

    private static int? Number(string variable)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null;
}
