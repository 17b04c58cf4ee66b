using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class EveryTransportTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public static TheoryData<string> Kinds => new("tcp", "tls", "unix", "pipe");

    public void Dispose() => _kit.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Bytes_travel_both_ways_at_once_and_arrive_as_they_were(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        await Task.WhenAll(SendAsync(client, 1), SendAsync(server, 2), ExpectAsync(server, 1), ExpectAsync(client, 2)).WaitAsync(TransportKit.Patience);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_synchronous_ways_to_read_and_write_do_the_same(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        byte[] sent = Content(3, 300_000);
        Task writing = Task.Factory.StartNew(() => client.Stream.Write(sent), TaskCreationOptions.LongRunning);
        byte[] received = new byte[sent.Length];
        await Task.Factory.StartNew(() => server.Stream.ReadExactly(received), TaskCreationOptions.LongRunning).WaitAsync(TransportKit.Patience);
        await writing.WaitAsync(TransportKit.Patience);

        Assert.Equal(sent, received);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task After_a_half_close_the_peer_reads_the_end_and_can_still_answer(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        client.HalfClose();
        Assert.Equal(0, await server.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
        await server.Stream.WriteAsync(new byte[] { 7 });
        await server.Stream.FlushAsync();
        byte[] answer = new byte[1];
        await client.Stream.ReadExactlyAsync(answer).AsTask().WaitAsync(TransportKit.Patience);

        Assert.Equal(7, answer[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_accept_under_way_ends_with_null_when_the_listener_is_disposed_and_so_does_every_later_one(string kind)
    {
        IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();

        await listener.DisposeAsync();
        await listener.DisposeAsync();

        Assert.Null(await accepting.WaitAsync(TransportKit.Patience));
        Assert.Null(await listener.AcceptAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Where_nobody_listens_any_more_the_message_asks_whether_the_server_is_running(string kind)
    {
        IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        await listener.DisposeAsync();

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ConnectAsync(listener.Endpoint));

        Assert.Contains(listener.Endpoint.ToString(), e.Message);
        Assert.Contains("is the server running?", e.Message);
        Assert.Equal(RpcErrorCode.Unavailable, e.Code);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_second_server_is_refused_and_the_first_goes_on_unharmed(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(listener.Endpoint));

        Assert.Contains(listener.Endpoint.ToString(), e.Message);
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_leaves_at_once_does_not_stop_the_accept_loop(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        for (int i = 0; i < 20; i++)
            await (await _kit.ConnectAsync(listener.Endpoint)).DisposeAsync();

        for (int i = 0; i < 20; i++)
            await (await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience))!.DisposeAsync();
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_cancelled_start_is_a_cancellation(string kind)
    {
        RpcEndpoint endpoint = kind is "tcp" or "tls" ? RpcEndpoint.Parse(kind + "://localhost:1") : _kit.Endpoint(kind);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Transport.ListenAsync(endpoint, _kit.Options, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Transport.ConnectAsync(endpoint, _kit.Options, cancelled));
    }

    [Theory]
    [InlineData("tcp", RpcTransport.Tcp, TrustChannel.Other)]
    [InlineData("tls", RpcTransport.Tls, TrustChannel.Tls)]
    [InlineData("unix", RpcTransport.Unix, TrustChannel.Local)]
    [InlineData("pipe", RpcTransport.Pipe, TrustChannel.Local)]
    public async Task Both_ends_know_how_the_bytes_travel(string kind, RpcTransport transport, TrustChannel channel)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        Assert.Equal((transport, channel), (client.Transport, client.Channel));
        Assert.Equal((transport, channel), (server.Transport, server.Channel));
        Assert.Equal(kind == "tls" ? _kit.Certificate.RawData : [], server.Certificate.ToArray());
        Assert.Equal(server.Certificate.ToArray(), client.Certificate.ToArray());
    }

    private static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static async Task SendAsync(TransportLink link, int seed)
    {
        await link.Stream.WriteAsync(Content(seed, 1_000_000));
        await link.Stream.FlushAsync();
    }

    private static async Task ExpectAsync(TransportLink link, int seed)
    {
        byte[] received = new byte[1_000_000];
        await link.Stream.ReadExactlyAsync(received);
        Assert.Equal(Content(seed, received.Length), received);
    }
}
