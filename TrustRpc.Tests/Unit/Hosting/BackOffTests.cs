using TrustRpc.Hosting;
using Xunit.Abstractions;

namespace TrustRpc.Tests.Unit.Hosting;

public class BackOffTests(ITestOutputHelper output)
{
    [Fact]
    public void The_first_try_comes_at_once_and_each_delay_is_1_6_times_the_one_before_up_to_10_s()
    {
        BackOff backOff = new(new RpcReconnectOptions { Jitter = 0 });

        double[] delays = [.. Enumerable.Range(0, 12).Select(_ => Math.Round(backOff.Next().TotalSeconds, 3))];

        Assert.Equal([0, 0.2, 0.32, 0.512, 0.819, 1.311, 2.097, 3.355, 5.369, 8.59, 10, 10], delays);
    }

    [Fact]
    public void Chance_makes_a_delay_up_to_a_fifth_longer_or_shorter_and_never_longer_than_the_limit()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        RpcReconnectOptions options = new() { Random = new Random(seed) };
        BackOff exact = new(new RpcReconnectOptions { Jitter = 0 });
        BackOff backOff = new(options);
        HashSet<double> shares = [];

        for (int i = 0; i < 1000; i++)
        {
            double middle = Math.Min(exact.Next().TotalSeconds, 10 / 1.2);
            double delay = backOff.Next().TotalSeconds;
            Assert.InRange(delay, (0.8 * middle) - 1e-6, Math.Min(10, 1.2 * middle) + 1e-6);
            shares.Add(Math.Round(delay / Math.Max(middle, 0.1), 1));
        }

        Assert.Subset(shares, new HashSet<double> { 0.8, 0.9, 1, 1.1, 1.2 });
    }

    [Fact]
    public void A_reset_begins_the_series_anew()
    {
        BackOff backOff = new(new RpcReconnectOptions { Jitter = 0 });
        backOff.Next();
        backOff.Next();

        backOff.Reset();

        Assert.Equal(TimeSpan.Zero, backOff.Next());
        Assert.Equal(TimeSpan.FromSeconds(0.2), backOff.Next());
    }

    [Fact]
    public void Ten_thousand_tries_in_a_row_are_no_problem()
    {
        BackOff backOff = new(new RpcReconnectOptions());

        for (int i = 0; i < 10_000; i++)
        {
            Assert.InRange(backOff.Next(), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_when_they_are_set()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { FirstDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { Growth = 0.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { Jitter = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { MaxDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { MaxRefusals = -1 });
    }
}
