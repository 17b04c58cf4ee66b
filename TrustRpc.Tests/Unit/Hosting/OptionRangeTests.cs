using TrustRpc.Hosting;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Hosting;

/// <summary>The column "range" of <c>docs/LIMITS.md</c>.</summary>
public class OptionRangeTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan s_tooLong = TimeSpan.FromDays(25);

    public static TheoryData<string> WrongServerOptions => [.. s_wrongServers.Keys];

    public static TheoryData<string> WrongClientOptions => [.. s_wrongClients.Keys];

    private static readonly Dictionary<string, Action<RpcServerOptions>> s_wrongServers = new()
    {
        ["MaxFrameLength, too small"] = options => options.MaxFrameLength = 4095,
        ["MaxFrameLength, too large"] = options => options.MaxFrameLength = 16_777_216,
        ["MaxCallsPerConnection"] = options => options.MaxCallsPerConnection = 0,
        ["MaxQueuedOutput"] = options => options.MaxQueuedOutput = -1,
        ["MaxCancellationsPerSecond"] = options => options.MaxCancellationsPerSecond = 0,
        ["MaxStreamsPerConnection"] = options => options.MaxStreamsPerConnection = 0,
        ["StreamReadAhead, too small"] = options => options.StreamReadAhead = 0,
        ["StreamReadAhead, too large"] = options => options.StreamReadAhead = 65_537,
        ["StreamReadAheadBytes, too small"] = options => options.StreamReadAheadBytes = 1023,
        ["StreamReadAheadBytes, too large"] = options => options.StreamReadAheadBytes = 65_537,
        ["MaxConnections"] = options => options.MaxConnections = 0,
        ["MaxUnauthenticatedConnections"] = options => options.MaxUnauthenticatedConnections = 0,
        ["MaxUnauthenticatedConnectionsPerAddress"] = options => options.MaxUnauthenticatedConnectionsPerAddress = 0,
        ["HandshakeTimeout, none"] = options => options.HandshakeTimeout = Timeout.InfiniteTimeSpan,
        ["HandshakeTimeout, zero"] = options => options.HandshakeTimeout = TimeSpan.Zero,
        ["HandshakeTimeout, too long"] = options => options.HandshakeTimeout = TimeSpan.FromHours(1) + s_tick,
        ["KeepAlive, negative"] = options => options.KeepAlive = -s_tick,
        ["KeepAlive, too long"] = options => options.KeepAlive = s_tooLong,
        ["DrainTimeout, negative"] = options => options.DrainTimeout = -s_tick,
        ["DrainTimeout, too long"] = options => options.DrainTimeout = s_tooLong,
        ["CallTimeout, zero"] = options => options.CallTimeout = TimeSpan.Zero,
        ["CallTimeout, negative"] = options => options.CallTimeout = -s_tick,
    };

    private static readonly Dictionary<string, Action<RpcClientOptions>> s_wrongClients = new()
    {
        ["MaxFrameLength, too small"] = options => options.MaxFrameLength = 4095,
        ["MaxFrameLength, too large"] = options => options.MaxFrameLength = 16_777_216,
        ["MaxQueuedOutput"] = options => options.MaxQueuedOutput = -1,
        ["MaxCancellationsPerSecond"] = options => options.MaxCancellationsPerSecond = 0,
        ["MaxStreamsPerConnection"] = options => options.MaxStreamsPerConnection = 0,
        ["StreamReadAhead"] = options => options.StreamReadAhead = 0,
        ["StreamReadAheadBytes"] = options => options.StreamReadAheadBytes = 1023,
        ["ConnectTimeout, none"] = options => options.ConnectTimeout = Timeout.InfiniteTimeSpan,
        ["ConnectTimeout, zero"] = options => options.ConnectTimeout = TimeSpan.Zero,
        ["ConnectTimeout, too long"] = options => options.ConnectTimeout = TimeSpan.FromHours(1) + s_tick,
        ["CallTimeout"] = options => options.CallTimeout = TimeSpan.Zero,
    };

    [Theory]
    [MemberData(nameof(WrongServerOptions))]
    public async Task A_server_with_an_option_out_of_its_range_does_not_listen_and_names_it(string wrong)
    {
        RpcServerOptions options = new() { TrustId = TrustPair.Secret };
        s_wrongServers[wrong](options);
        await using RpcServer server = new(options);

        ArgumentException e = await Assert.ThrowsAnyAsync<ArgumentException>(() => server.StartAsync("tcp://127.0.0.1:0"));

        Assert.Equal(wrong.Split(',')[0], e.ParamName);
        Assert.Empty(server.Endpoints);
    }

    [Fact]
    public async Task Without_an_address_both_ends_say_what_one_looks_like()
    {
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret });

        foreach (Func<Task> start in (Func<Task>[])[
            () => server.StartAsync(Array.Empty<string>()),
            () => RpcClient.ConnectAsync(Array.Empty<string>()),
            () => RpcClient.ConnectAsync(Array.Empty<RpcEndpoint>())])
        {
            ArgumentException e = await Assert.ThrowsAsync<ArgumentException>("endpoints", start);
            Assert.Contains("give at least one, such as tcp://", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(WrongClientOptions))]
    public async Task A_client_with_an_option_out_of_its_range_does_not_connect_and_names_it(string wrong)
    {
        RpcClientOptions options = new() { TrustId = TrustPair.Secret };
        s_wrongClients[wrong](options);

        ArgumentException e = await Assert.ThrowsAnyAsync<ArgumentException>(() => RpcClient.ConnectAsync("tcp://127.0.0.1:1", options));

        Assert.Equal(wrong.Split(',')[0], e.ParamName);
    }

    [Fact]
    public void The_ends_of_the_ranges_are_in_them()
    {
        OptionRanges.Checked(new RpcServerOptions
        {
            MaxFrameLength = 4096,
            MaxCallsPerConnection = 1,
            MaxCancellationsPerSecond = 1,
            MaxConnections = 1,
            MaxUnauthenticatedConnections = 1,
            MaxUnauthenticatedConnectionsPerAddress = 1,
            HandshakeTimeout = s_tick,
            KeepAlive = TimeSpan.Zero,
            DrainTimeout = TimeSpan.Zero,
            CallTimeout = s_tick,
        });
        OptionRanges.Checked(new RpcServerOptions
        {
            MaxFrameLength = 16_777_215,
            HandshakeTimeout = TimeSpan.FromHours(1),
            KeepAlive = TimeSpan.FromDays(24),
            DrainTimeout = TimeSpan.FromDays(24),
            CallTimeout = TimeSpan.MaxValue,
        });
        OptionRanges.Checked(new RpcClientOptions { ConnectTimeout = TimeSpan.FromHours(1), CallTimeout = Timeout.InfiniteTimeSpan });
    }

    [Fact]
    public void A_delay_of_reconnecting_is_one_that_a_timer_can_wait()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { FirstDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { FirstDelay = s_tooLong });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcReconnectOptions { MaxDelay = s_tooLong });
        Assert.Equal(24, new RpcReconnectOptions { MaxDelay = TimeSpan.FromDays(24) }.MaxDelay.TotalDays);
    }
}
