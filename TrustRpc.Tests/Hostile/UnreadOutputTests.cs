using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>A peer that does not read, or hardly, must not fill this side's memory, whatever it asks for.</summary>
public sealed class UnreadOutputTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Specimen _methods = new();
    private readonly RpcServices _services = new();
    private readonly DuplexPair _pair = DuplexPair.Create(capacity: 64);

    public UnreadOutputTests() => _services.Add(_methods);

    public void Dispose() => _pair.Dispose();

    [Fact]
    public async Task New_calls_of_a_peer_that_does_not_read_are_refused_beyond_the_output_that_may_wait()
    {
        RpcConnection connection = Start();
        RawPeer peer = new(_pair.Second);

        Task asking = peer.SendAsync(RawPeer.Request(1, "Long", "[600]"));
        await Patience.UntilAsync(() => connection.Residue.Unsent > 500);
        await asking;
        await peer.SendAsync(RawPeer.Request(2, "Add", "[1,2]"));
        await Patience.UntilAsync(() => _pair.First.Available == 0);

        Assert.Equal("1", (await peer.ReceiveAsync()).GetProperty("id").GetRawText());
        Assert.Equal((-32013, "2"), await CodeAndIdAsync(peer));
        Assert.Equal("3", await peer.CallAsync(3, "Add", "[1,2]"));
        connection.Abort();
    }

    [Fact]
    public async Task Notifications_to_a_peer_that_does_not_read_are_refused_beyond_the_output_that_may_wait()
    {
        RpcConnection connection = Start();
        RawPeer peer = new(_pair.Second);

        int sent = 0;
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            for (; sent < 100; sent++) await connection.NotifyAsync("note", [sent]);
        });
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.InRange(connection.Residue.Unsent, 500, 1000);
        for (int i = 0; i < sent; i++) Assert.Equal($"[{i}]", (await peer.ReceiveAsync()).GetProperty("params").GetRawText());
        await connection.NotifyAsync("note", ["again"]);

        Assert.Equal("""["again"]""", (await peer.ReceiveAsync()).GetProperty("params").GetRawText());
        connection.Abort();
    }

    [Fact]
    public async Task Progress_reports_to_a_peer_that_does_not_read_are_dropped_beyond_the_output_that_may_wait()
    {
        _services.Add("report", (IProgress<int> progress) =>
        {
            for (int i = 0; i < 1000; i++) progress.Report(i);
        });
        RpcConnection connection = Start();
        RawPeer peer = new(_pair.Second);

        await peer.SendAsync(RawPeer.Request(1, "report", "[7]"));
        await Patience.UntilAsync(() => connection.Residue is { Running: 0, Unsent: > 500 });

        Assert.InRange(connection.Residue.Unsent, 500, 1000);
        connection.Abort();
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"rpc.ping","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"Add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"nothing of ours","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"$/enumerator/next","params":[7]}""")]
    [InlineData("""{"no":"message"}""")]
    [Quotes("a peer that goes on asking and does not read is sent `$/goaway` `limit`")]
    public async Task A_peer_that_goes_on_asking_and_does_not_read_is_disconnected(string question)
    {
        RpcConnection connection = Start(maxCalls: 4);
        RawPeer peer = new(_pair.Second);

        Task asking = Task.Run(async () =>
        {
            await peer.SendAsync(RawPeer.Request(1, "Long", "[600]"));
            await Patience.UntilAsync(() => connection.Residue.Unsent > 500);
            while (connection.IsOpen) await peer.SendAsync(question);
        });
        await Patience.UntilAsync(() => !connection.IsOpen || connection.Residue.Unsent > 1_000_000);

        Assert.InRange(connection.Residue.Unsent, 500, 100_000);
        await _time.WhenDueAfter(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("does not read the answers", await connection.Closed.InTime(), StringComparison.Ordinal);
        await Task.WhenAny(asking).InTime();
    }

    [Fact]
    public async Task A_peer_that_asks_as_much_as_it_may_and_reads_slowly_is_served()
    {
        RpcConnection connection = Start(maxCalls: 4);
        RawPeer peer = new(_pair.Second);
        await peer.SendAsync(RawPeer.Request(1, "Long", "[600]"));
        await Patience.UntilAsync(() => connection.Residue.Unsent > 500);

        int id = 1;
        for (int refused = 0; refused < 1000; refused++)
        {
            for (; id < 5 + refused; id++) await peer.SendAsync(RawPeer.Request(id + 1, "Long", "[600]"));
            await peer.ReceiveAsync();
        }

        Assert.True(connection.IsOpen);
        connection.Abort();
    }

    [Fact]
    [Quotes("where the peer takes no byte for twice `keepAlive`, the connection is dropped")]
    public async Task A_peer_that_talks_on_and_takes_no_byte_is_given_up()
    {
        RpcConnection connection = Start(keepAlive: TimeSpan.FromSeconds(15));
        RawPeer peer = new(_pair.Second);
        await peer.SendAsync(RawPeer.Request(1, "Long", "[600]"));
        await Patience.UntilAsync(() => connection.Residue.Unsent > 500);

        for (int i = 0; i < 6; i++)
        {
            Assert.True(connection.IsOpen);
            await peer.SendAsync(RawPeer.Notification("Note", "[\"still here\"]"));
            Assert.True(await _methods.Noted.WaitAsync(Patience.Limit));
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Contains("no sign of life for 30 s", await connection.Closed.InTime(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Id)> CodeAndIdAsync(RawPeer peer)
    {
        (int code, string id, _) = await peer.ReceiveErrorAsync();
        return (code, id);
    }

    private RpcConnection Start(int maxCalls = 64, TimeSpan keepAlive = default)
    {
        ConnectionSettings settings = new() { MaxFrame = 4096, MaxCalls = maxCalls, MaxQueuedOutput = 500, KeepAlive = keepAlive, Streams = new(4, 4, 1024), Time = _time };
        RpcConnection connection = StreamConnection.Create(_pair.First, _services, settings);
        connection.Start();
        return connection;
    }
}
