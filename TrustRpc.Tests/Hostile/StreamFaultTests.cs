using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>Streams that a program hands in may throw whatever and whenever they like.</summary>
public sealed class StreamFaultTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public StreamFaultTests() => _services.Add(_methods);

    [Fact]
    public async Task A_stream_that_cannot_be_closed_ends_its_connection_all_the_same()
    {
        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        TrustId secret = TrustId.Generate();
        await using RpcServer server = new(new RpcServerOptions { TrustId = secret });
        server.Services.Add(new Specimen());
        Task<RpcConnection> accepting = server.AcceptAsync(new StubbornStream(theirs));
        await using RpcClient client = await RpcClient.ConnectAsync(ours, new RpcClientOptions { TrustId = secret }).InTime();
        RpcConnection connection = await accepting.InTime();
        Assert.Equal(3, await client.CallAsync<int>("Add", [1, 2]).InTime());

        connection.Abort();

        await connection.Closed.InTime();
        await Patience.UntilAsync(() => server.Connections.Count == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_throws_what_no_stream_throws_ends_the_connection(bool onThread)
    {
        InvalidCastException fault = new("not a stream's");
        await using RawConversation talk = RawConversation.Start(
            _services, onThread, wrap: stream => new ChoppyStream(stream) { BeforeRead = _ => throw fault });

        Assert.Contains(fault.Message, await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_fails_tells_each_caller_whether_its_request_had_begun_to_leave()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawConversation talk = RawConversation.Start(_services, wrap: stream => new ChoppyStream(stream) { BeforeWrite = _ => gate.Task });

        Task<int> begun = talk.Connection.CallAsync<int>("add", [1]).AsTask();
        Task<int> waiting = talk.Connection.CallAsync<int>("add", [2]).AsTask();
        gate.SetException(new IOException("The cable was cut."));

        RpcConnectionException first = await Assert.ThrowsAsync<RpcConnectionException>(() => begun.InTime());
        RpcConnectionException second = await Assert.ThrowsAsync<RpcConnectionException>(() => waiting.InTime());
        Assert.True(first.MayHaveBeenExecuted);
        Assert.False(second.MayHaveBeenExecuted);
        Assert.Contains("The cable was cut.", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_throws_at_once_fails_its_caller_and_the_connection()
    {
        await using RawConversation talk = RawConversation.Start(_services, wrap: stream => new ChoppyStream(stream) { BreakAfterWritten = 3 });

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => talk.Connection.CallAsync<int>("add", [1]).InTime());

        Assert.True(e.MayHaveBeenExecuted);
        await talk.Connection.Closed.InTime();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_reader_has_in_hand_when_the_connection_breaks_is_not_begun_or_has_its_token_fired(bool onThread)
    {
        // The answer to the ping cannot be written, so that the connection ends between two messages of one read.
        await using RawConversation talk = RawConversation.Start(_services, onThread, wrap: stream => new ChoppyStream(stream) { BreakAfterWritten = 0 });

        await talk.Peer.SendAsync(
            RawPeer.Request(1, "rpc.ping"),
            RawPeer.Request(2, "WaitForCancellation"),
            RawPeer.Notification("WaitForCancellation"));
        await talk.Connection.Closed.InTime();

        Assert.True(await _methods.SawCancellation.WaitAsync(Patience.Limit), "The notification, which runs because it was received, was not told.");
        await Patience.UntilAsync(() => talk.Connection.Residue is { Running: 0, Notified: 0 });
        Assert.Equal(1, _methods.Begun);
    }

    /// <summary>Disposing it throws, as some streams do that have something left to flush.</summary>
    private sealed class StubbornStream(Stream inner) : ChoppyStream(inner)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            throw new InvalidOperationException("Not now.");
        }
    }
}
