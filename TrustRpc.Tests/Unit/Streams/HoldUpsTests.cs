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
}
