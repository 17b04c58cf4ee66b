using System.Net.Sockets;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class TcpTransportTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tcp://localhost:0")]
    [InlineData("tcp://localhost:0?mode=plain")]
    [InlineData("tls://localhost:0")]
    public async Task Port_0_picks_a_free_one_and_the_listener_reports_it(string text)
    {
        await using IStreamListener listener = await _kit.ListenAsync(RpcEndpoint.Parse(text));

        Assert.NotEqual(0, listener.Endpoint.Port);
        Assert.Equal(text.Replace(":0", ":" + listener.Endpoint.Port), listener.Endpoint.ToString());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0", "127.0.0.1", "127.0.0.1")]
    [InlineData("tcp://[::1]:0", "[::1]", "::1")]
    [InlineData("tcp://[::]:0", "[::1]", "::1")]
    [InlineData("tcp://[::]:0", "127.0.0.1", "127.0.0.1")]
    [InlineData("tcp://0.0.0.0:0", "localhost", "127.0.0.1")]
    public async Task A_client_reaches_the_addresses_that_are_listened_at_and_is_known_by_its_own(string listen, string host, string seen)
    {
        if (!Socket.OSSupportsIPv6 && listen.Contains('['))
            return;
        await using IStreamListener listener = await _kit.ListenAsync(RpcEndpoint.Parse(listen));
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();

        await using TransportLink client = await _kit.ConnectAsync(RpcEndpoint.Parse($"tcp://{host}:{listener.Endpoint.Port}"));
        await using TransportLink? server = await accepting.WaitAsync(TransportKit.Patience);

        Assert.Equal(seen, server!.RemoteAddress);
        Assert.Null(server.UnixUserId);
    }

    [Fact]
    public async Task Both_ends_send_without_delay()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("tcp"));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        Assert.True(((SocketStream)client.Stream).Socket.NoDelay);
        Assert.True(((SocketStream)server.Stream).Socket.NoDelay);
    }

    [Fact]
    public async Task A_port_in_use_is_named_as_such()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("tcp"));

        Assert.Contains("the port is in use", (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(listener.Endpoint))).Message);
    }

    [Fact]
    public async Task An_address_of_another_machine_cannot_be_listened_at()
    {
        // 192.0.2.0/24 is set aside for documentation (RFC 5737).
        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(RpcEndpoint.Parse("tcp://192.0.2.1:0")));

        Assert.Contains("not an address of this machine", e.Message);
    }

    [Fact]
    public async Task A_host_name_that_nobody_knows_is_named()
    {
        // The domain "invalid" never resolves (RFC 6761).
        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ConnectAsync(RpcEndpoint.Parse("tcp://server.invalid:1")));

        Assert.Contains("host name server.invalid", e.Message);
    }

    [Fact]
    public async Task Port_0_cannot_be_connected_to()
        => Assert.Contains("port 0", (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ConnectAsync(RpcEndpoint.Parse("tcp://127.0.0.1:0")))).Message);
}
