using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Integration;

/// <summary>Who gets in.</summary>
public class SecretTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Fact]
    public async Task A_suite_is_chosen_among_those_that_both_sides_allow()
    {
        if (!System.Security.Cryptography.ChaCha20Poly1305.IsSupported) return;
        await using RpcPair pair = await RpcPair.ListenAsync("in memory", server => server.Suites = [CipherSuite.ChaCha20Poly1305]);

        (RpcCaller client, _) = await pair.ConnectAsync(options => options.Suites = [CipherSuite.Aes256Gcm, CipherSuite.ChaCha20Poly1305]);
        Assert.Equal(3, await client.CallAsync<int>("Add", [1, 2]).InTime());
        TrustException e = await Assert.ThrowsAsync<TrustException>(() => pair.ConnectAsync(options => options.Suites = [CipherSuite.Aes256Gcm]));
        Assert.Equal(TrustFailure.ModeRefused, e.Failure);
    }

    [Fact]
    public async Task A_server_or_a_client_without_a_suite_does_not_even_begin()
    {
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Generate(), Suites = [] });

        await Assert.ThrowsAsync<ArgumentException>(() => server.StartAsync("tcp://127.0.0.1:0"));
        await Assert.ThrowsAsync<ArgumentException>(() => RpcClient.ConnectAsync("tcp://127.0.0.1:1", new RpcClientOptions { TrustId = TrustId.Generate(), Suites = [] }));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_with_another_secret_is_told_so_and_nothing_else(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport);

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => pair.ConnectAsync(client => client.TrustId = TrustId.Generate()));

        Assert.Equal(TrustFailure.SecretDiffers, e.Failure);
        Assert.Contains("TRUST_ID", e.Message, StringComparison.Ordinal);
        Assert.Empty(pair.Server.Connections);
        (RpcCaller next, _) = await pair.ConnectAsync();
        Assert.Equal(3, await next.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_peer_without_a_secret_that_calls_at_once_is_closed_without_a_byte(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport);
        await using TransportLink link = await HandmadeEnds.DialAsync(pair, static stream => stream);
        RawPeer stranger = new(link.Stream);

        await stranger.SendAsync(RawPeer.Request(1, "Note", "[\"x\"]"), RawPeer.Request(2, "Note", "[\"y\"]"));

        await stranger.ExpectEndAsync();
        Assert.Empty(pair.Server.Connections);
        (RpcCaller next, _) = await pair.ConnectAsync();
        Assert.Equal(3, await next.CallAsync<int>("Add", [1, 2]).InTime());
        Assert.Empty(pair.Methods.Notes);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_previous_secret_is_accepted_while_the_server_names_it(string transport)
    {
        TrustId old = TrustId.Generate();
        await using RpcPair rotating = await RpcPair.OpenAsync(transport, server => server.PreviousTrustIds = [TrustId.Generate(), old], client => client.TrustId = old);

        Assert.Equal(3, await rotating.Client.CallAsync<int>("Add", [1, 2]).InTime());
        (RpcCaller current, _) = await rotating.ConnectAsync();
        Assert.Equal(3, await current.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [InlineData("in memory")]
    [InlineData("tcp plain")]
    [InlineData("tls, self-signed")]
    [InlineData("unix plain")]
    [InlineData("pipe")]
    public async Task A_client_insists_on_the_servers_name(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport);

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => pair.ConnectAsync(client => client.ServerName = "another server"));

        Assert.Equal(TrustFailure.WrongServer, e.Failure);
        (RpcCaller next, _) = await pair.ConnectAsync(client => client.ServerName = "the server");
        Assert.Equal(3, await next.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [InlineData("tcp plain")]
    [InlineData("unix plain")]
    public async Task A_full_server_says_that_it_is_busy_and_takes_the_next_once_one_has_left(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxConnections = 1);

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => pair.ConnectAsync());

        Assert.Equal(TrustFailure.Busy, e.Failure);
        Assert.True(e.Proven);
        await RpcPair.CloseAsync(pair.Client).InTime();
        await Patience.UntilAsync(() => pair.Server.Connections.Count == 0);
        (RpcCaller next, _) = await pair.ConnectAsync();
        Assert.Equal(3, await next.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Fact]
    public async Task A_client_that_will_not_talk_plainly_is_told_that_the_mode_was_refused()
    {
        await using RpcPair pair = await RpcPair.ListenAsync("tcp plain");
        RpcEndpoint strict = RpcEndpoint.Parse($"tcp://127.0.0.1:{pair.Server.Endpoints[0].Port}");

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => RpcClient.ConnectAsync(strict, new RpcClientOptions { TrustId = pair.Secret }).InTime());

        Assert.Equal(TrustFailure.ModeRefused, e.Failure);
    }
}
