using TrustRpc.Connections;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>The rows of <c>docs/LIMITS.md</c> that no test of the protocol's sentences goes over.</summary>
public sealed class LimitTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Specimen _methods = new();
    private readonly RpcServices _services = new();

    public LimitTests() => _services.Add(_methods);

    [Fact]
    public async Task As_many_cancellations_as_are_allowed_pass_every_second_and_one_more_ends_the_connection()
    {
        using var pair = DuplexPair.Create();
        Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64, MaxCancellationsPerSecond = 3, Time = _time });
        RawPeer peer = new(pair.Second);
        string cancellation = RawPeer.Notification("$/cancelRequest", """{"id":77}""");

        await peer.SendAsync(cancellation, cancellation, cancellation);
        await peer.CallAsync(1, "rpc.ping");
        _time.Advance(TimeSpan.FromSeconds(1));
        await peer.SendAsync(cancellation, cancellation, cancellation);
        await peer.CallAsync(2, "rpc.ping");
        await peer.SendAsync(cancellation);

        await peer.ExpectGoAwayAndEndAsync("limit");
    }

    [Fact]
    public async Task A_call_with_one_sequence_too_many_among_its_arguments_is_not_sent_and_says_so()
    {
        using var pair = DuplexPair.Create();
        ConnectionSettings settings = new() { MaxFrame = 4096, MaxCalls = 64, Streams = new StreamLimits(1, 1, 1024) };
        RpcConnection caller = Start(pair.First, settings);
        RpcServices services = new RpcServices().Add("take", async (IAsyncEnumerable<int> items, CancellationToken token) => await Task.Delay(Timeout.Infinite, token));
        RpcConnection callee = StreamConnection.Create(pair.Second, services, settings);
        callee.Start();
        using CancellationTokenSource given = new();

        Task first = caller.CallAsync("take", [Numbers()], given.Token).AsTask();
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => caller.CallAsync("take", [Numbers()]).InTime());
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);

        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());
        await Patience.UntilAsync(() => caller.Residue is { Sent: 0, Produced: 0 });
        await caller.DisposeAsync();
        await callee.Closed.InTime();
    }

    [Fact]
    public async Task A_call_whose_sequence_meets_the_end_of_the_connection_says_that_it_was_not_sent()
    {
        using var pair = DuplexPair.Create();
        RpcConnection connection = Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64 });
        connection.Streams.Producers.EndAll(StreamEnd.Drained);

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => connection.CallAsync("take", [Numbers()]).InTime());

        Assert.False(e.MayHaveBeenExecuted);
        Assert.Equal(0, connection.Residue.Sent);
        connection.Abort();
    }

    private static async IAsyncEnumerable<int> Numbers()
    {
        await Task.Yield();
        yield return 1;
    }

    private RpcConnection Start(Stream stream, ConnectionSettings settings)
    {
        RpcConnection connection = StreamConnection.Create(stream, _services, settings);
        connection.Start();
        return connection;
    }
}
