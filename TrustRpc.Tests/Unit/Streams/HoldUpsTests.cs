using System.Diagnostics;
using TrustRpc.Streams;

namespace TrustRpc.Tests.Unit.Streams;

public sealed class HoldUpsTests
{
    [Theory]
    [InlineData(new[] { 1 }, false)]
    [InlineData(new[] { 1, 2 }, true)]
    [InlineData(new[] { 1, 251 }, true)]
    [InlineData(new[] { 1, 252 }, false)]
    [InlineData(new[] { 1, 252, 300 }, true)]
    [InlineData(new[] { 1, 1000, 2000, 3000 }, false)]
    [InlineData(new[] { 1, 2, 1000 }, true)]
    [InlineData(new[] { int.MaxValue, int.MinValue }, true)]
    public void Two_within_250_ms_are_often(int[] times, bool often)
    {
        HoldUps holdUps = default;

        Array.ForEach(times, now => holdUps.Add(now));

        Assert.Equal(often, holdUps.AreOften);
    }

    [Fact]
    public void What_is_forgotten_counts_no_more()
    {
        HoldUps holdUps = default;
        holdUps.Add(1);
        holdUps.Add(2);

        holdUps.Forget();
        holdUps.Add(3);

        Assert.False(holdUps.AreOften);
    }

    [Fact]
    public void One_that_comes_back_at_once_128_times_in_a_row_has_only_been_unlucky()
    {
        HoldUps holdUps = default;
        holdUps.Add(1);
        holdUps.Add(2);

        for (int i = 0; i < 127; i++)
            holdUps.RanApart(Now);
        holdUps.RanApart(LongAgo);
        for (int i = 0; i < 127; i++)
            holdUps.RanApart(Now);
        Assert.True(holdUps.AreOften);

        holdUps.RanApart(Now);
        Assert.False(holdUps.AreOften);
    }

    /// <summary>As if it had begun in an hour: a machine that is busy meanwhile changes nothing.</summary>
    private static long Now => Stopwatch.GetTimestamp() + (3600 * Stopwatch.Frequency);

    private static long LongAgo => Stopwatch.GetTimestamp() - (3600 * Stopwatch.Frequency);
}
