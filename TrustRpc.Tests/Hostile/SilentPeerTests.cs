using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>Peers that connect and say nothing cost a place and some seconds, and nobody waits for them.</summary>
public sealed class SilentPeerTests
{
    public static TheoryData<string> Listeners => ["tcp plain", "tls, self-signed", "unix plain", "unix plain, low latency", "tcp sealed, low latency"];

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Silent_peers_up_to_one_less_than_the_limit_keep_nobody_out(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport, server => server.MaxUnauthenticatedConnections = 20);
        await using Crowd silent = await Crowd.ConnectAsync(pair, 19);

        for (int i = 0; i < 30; i++)
        {
            (RpcCaller client, _) = await pair.ConnectAsync();
            Assert.Equal(3, await client.CallAsync<int>("Add", [1, 2]).InTime());
        }
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task One_connection_over_the_limit_is_closed_without_a_byte_and_the_next_gets_in_once_a_place_is_free(string transport)
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await RpcPair.ListenAsync(transport, server =>
        {
            server.MaxUnauthenticatedConnections = 5;
            server.TimeProvider = time;
        });
        await using Crowd silent = await Crowd.ConnectAsync(pair, 5);
        await using RawSocket surplus = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);
        Assert.True(await EndsWithoutAByteAsync(surplus));

        // The places come free when the silent ones have had their time.
        await time.WhenTimersActive(5).InTime();
        time.Advance(TimeSpan.FromSeconds(5));
        foreach (RawSocket peer in silent.Sockets)
            Assert.True(await EndsWithoutAByteAsync(peer));
        await pair.ConnectInTheEndAsync();
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task The_limit_per_address_leaves_room_for_others(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport, server => server.MaxUnauthenticatedConnectionsPerAddress = 3);
        await using Crowd silent = await Crowd.ConnectAsync(pair, 3);
        await using RawSocket surplus = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);

        Assert.True(await EndsWithoutAByteAsync(surplus));
        silent.Sockets[0].Reset();
        await pair.ConnectInTheEndAsync();
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Peers_that_leave_before_or_in_the_middle_of_the_handshake_free_their_places(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport, server => server.MaxUnauthenticatedConnections = 2);

        for (int i = 0; i < 50; i++)
        {
            await using RawSocket peer = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);
            try
            {
                if (i % 3 > 0) await peer.WriteAsync(i % 3 == 1 ? new byte[] { 0 } : [0, 0, 1, 0, (byte)'{']).InTime();
            }
            catch (IOException)
            {
                // One over the limit.
            }

            if (i % 2 == 0) peer.Reset();
        }

        await pair.ConnectInTheEndAsync();
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task A_server_stops_although_silent_peers_are_connected(string transport)
    {
        RpcPair pair = await RpcPair.ListenAsync(transport);
        await using Crowd silent = await Crowd.ConnectAsync(pair, 5);

        await pair.DisposeAsync();
    }

    private static async Task<bool> EndsWithoutAByteAsync(RawSocket socket)
    {
        try
        {
            return await socket.ReadAsync(new byte[1]).InTime() == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private sealed class Crowd(RawSocket[] sockets) : IAsyncDisposable
    {
        public RawSocket[] Sockets => sockets;

        public static async Task<Crowd> ConnectAsync(RpcPair pair, int count)
        {
            RawSocket[] sockets = new RawSocket[count];
            for (int i = 0; i < count; i++)
                sockets[i] = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);
            return new Crowd(sockets);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (RawSocket socket in sockets)
                await socket.DisposeAsync();
        }
    }
}
