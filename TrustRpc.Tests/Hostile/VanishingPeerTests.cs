using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Hostile;

/// <summary>Peers that vanish, over every way to join two ends: in any stage of the handshake, between frames and inside of them. Nobody else notices.</summary>
public class VanishingPeerTests
{
    /// <summary>A number that has nothing to do with the length of any frame: breaks fall into each of them, and into different places of it.</summary>
    private const int Step = 29;

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_vanishes_in_any_stage_of_the_handshake_leaves_its_place_and_nothing_else(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport, server => server.MaxUnauthenticatedConnections = 4);
        long whole = await ConnectAsync(pair, breakAfter: null);

        for (long sent = 0; sent < whole; sent += Step)
            await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(pair, sent));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(pair, whole - 1));

        await pair.ConnectInTheEndAsync();
        await Patience.UntilAsync(() => pair.Server.Connections.Count == 1);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_server_that_vanishes_in_any_stage_of_the_handshake_is_a_failure_that_says_so(string transport)
    {
        TransportCase way = TransportCase.Find(transport);
        TrustId secret = TrustId.Generate();
        string directory = RpcPair.NewDirectory();
        await using IStreamListener? listener = await way.ListenAsync(directory);

        long whole = await RunAsync(null);
        for (long sent = 0; sent < whole; sent += Step)
            Assert.Equal(TrustFailure.PeerLeft, (await Assert.ThrowsAsync<TrustException>(() => RunAsync(sent))).Failure);
        Assert.Equal(TrustFailure.PeerLeft, (await Assert.ThrowsAsync<TrustException>(() => RunAsync(whole - 1))).Failure);
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);

        async Task<long> RunAsync(long? breakAfter)
        {
            ChoppyStream? server = null;
            HandshakeMode? mode = listener?.Endpoint.Mode;
            (TransportLink client, TransportLink theirs) = await HandmadeEnds.JoinAsync(
                listener, static stream => stream, stream => server = new ChoppyStream(stream) { BreakAfterWritten = breakAfter });
            await using TransportLink first = client;
            await using TransportLink second = theirs;
            Task accepting = HandmadeEnds.ProveServerAsync(theirs, secret, mode);
            try
            {
                await HandmadeEnds.ProveClientAsync(client, way, secret, mode).InTime();
                return server!.BytesWritten;
            }
            finally
            {
                await Record.ExceptionAsync(() => accepting.InTime());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_vanishes_between_frames_or_inside_of_one_ends_its_own_calls_alone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        byte[] frame = RawPeer.Frame(RawPeer.Request(2, "Add", "[1,2]"));
        for (int sent = 0; sent < frame.Length; sent += 7)
        {
            TransportLink link = await HandmadeEnds.DialAsync(pair, static stream => stream);
            RawPeer peer = new(await HandmadeEnds.ProveClientAsync(link, pair.Way, pair.Secret, pair.Endpoint?.Mode).InTime());
            await peer.SendAsync(RawPeer.Request(1, "WaitForCancellation"));
            await pair.Methods.EnteredAsync();
            await peer.WriteAsync(frame[..sent]);

            link.Abort();
            await link.DisposeAsync();

            Assert.True(await pair.Methods.SawCancellation.WaitAsync(Patience.Limit));
            await Patience.UntilAsync(() => pair.Server.Connections.Count == 1);
            Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_server_that_vanishes_between_frames_or_inside_of_one_fails_every_call_in_flight_once(string transport)
    {
        byte[] answer = RawPeer.Frame(RawPeer.Result(1, "3"));
        for (int sent = 0; sent < answer.Length; sent += 7)
        {
            await using HandmadePair pair = await HandmadePair.OpenAsync(transport, static stream => stream, hasServer: false);
            Task<int> call = pair.Client.CallAsync<int>("Add", [1, 2]).AsTask();
            Task<int> blocking = Patience.OnOwnThread(() => pair.Client.Call<int>("Add", [3, 4]));
            RawPeer server = new(pair.ServerStream);
            for (int i = 0; i < 2; i++)
                Assert.Equal("Add", (await server.ReceiveAsync()).GetProperty("method").GetString());
            await server.WriteAsync(answer[..sent]);

            await pair.VanishAsync();

            foreach (Task<int> waiting in (Task<int>[])[call, blocking])
                Assert.True((await Assert.ThrowsAsync<RpcConnectionException>(() => waiting.InTime())).MayHaveBeenExecuted);
            await pair.Client.Closed.InTime();
        }
    }

    private static async Task<long> ConnectAsync(RpcPair pair, long? breakAfter)
    {
        ChoppyStream? client = null;
        await using TransportLink link = await HandmadeEnds.DialAsync(pair, stream => client = new ChoppyStream(stream) { BreakAfterWritten = breakAfter });
        await HandmadeEnds.ProveClientAsync(link, pair.Way, pair.Secret, pair.Endpoint?.Mode).InTime();
        return client!.BytesWritten;
    }
}
