using TrustRpc.Tests.Unit.Transports;

namespace TrustRpc.Tests.Unit;

public sealed class TrustListenerTests : IDisposable
{
    private readonly TransportKit _kit = new();
    private readonly TrustId _trustId = TrustId.Generate();

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    [InlineData("pipe")]
    public async Task Hands_out_streams_to_peers_that_hold_the_secret_over_every_transport(string kind)
    {
        await using TrustListener listener = await ListenAsync(kind);

        await using TrustStream client = await TrustStream.ConnectAsync(listener.Endpoint, new RpcClientOptions { TrustId = _trustId, ClientName = "ada" });
        await using TrustStream? server = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);

        Assert.Equal("ada", server!.PeerName);
        Assert.Equal("the listener", client.PeerName);
        FrameStream question = new(client);
        FrameStream answer = new(server);
        await question.WriteAsync("?"u8.ToArray());
        Assert.Equal("?"u8.ToArray(), await answer.ReadAsync());
        await answer.WriteAsync("!"u8.ToArray());
        Assert.Equal("!"u8.ToArray(), await question.ReadAsync());
    }

    [Fact]
    public async Task Turns_away_who_holds_another_secret_and_goes_on()
    {
        await using TrustListener listener = await ListenAsync("unix");

        TrustException refusal = await Assert.ThrowsAsync<TrustException>(
            () => TrustStream.ConnectAsync(listener.Endpoint, new RpcClientOptions { TrustId = TrustId.Generate() }));

        Assert.Equal(TrustFailure.SecretDiffers, refusal.Failure);
        await using TrustStream client = await TrustStream.ConnectAsync(listener.Endpoint, new RpcClientOptions { TrustId = _trustId });
        await using TrustStream? server = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        Assert.NotNull(server);
    }

    [Fact]
    public async Task Disposal_ends_a_wait_with_null_and_closes_who_was_not_accepted()
    {
        TrustListener listener = await ListenAsync("unix");
        await using TrustStream client = await TrustStream.ConnectAsync(listener.Endpoint, new RpcClientOptions { TrustId = _trustId });

        await listener.DisposeAsync();

        Assert.Null(await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience));
        Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task A_secret_of_someones_choosing_does_not_listen_beyond_this_machine()
    {
        RpcServerOptions options = new() { TrustId = TrustId.Parse("correct horse battery staple") };

        TrustException refusal = await Assert.ThrowsAsync<TrustException>(() => TrustListener.ListenAsync(RpcEndpoint.Parse("tcp://0.0.0.0:0"), options));

        Assert.Equal(TrustFailure.NoUsableSecret, refusal.Failure);
    }

    public void Dispose() => _kit.Dispose();

    [Fact]
    public async Task An_option_out_of_its_range_is_refused_before_anything_is_listened_on()
    {
        RpcEndpoint endpoint = _kit.Endpoint("unix");

        await Assert.ThrowsAnyAsync<ArgumentException>(() => TrustListener.ListenAsync(endpoint, new RpcServerOptions { TrustId = _trustId, MaxConnections = 0 }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => TrustListener.ListenAsync(endpoint, new RpcServerOptions { TrustId = _trustId, Name = "a\nb" }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => TrustListener.ListenAsync(endpoint, new RpcServerOptions { TrustId = _trustId, StreamReadAhead = 0 }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => TrustListener.ListenAsync(endpoint, new RpcServerOptions { TrustId = _trustId, Suites = [] }));

        await using TrustListener listener = await TrustListener.ListenAsync(endpoint, new RpcServerOptions { TrustId = _trustId });
    }

    private Task<TrustListener> ListenAsync(string kind)
        => TrustListener.ListenAsync(_kit.Endpoint(kind), new RpcServerOptions { TrustId = _trustId, Name = "the listener", Certificate = new ServerCertificate(_kit.Certificate) });
}
