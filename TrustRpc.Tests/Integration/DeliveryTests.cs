using System.Text.Json;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Integration;

/// <summary>Bytes in any pieces, over every way to join two ends: what is said does not depend on how it arrives.</summary>
public class DeliveryTests
{
    private const int MaxFrame = 4096;

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Handshake_and_frames_that_go_one_byte_at_a_time_are_whole_to_whoever_reads_them(string transport)
    {
        await using HandmadePair pair = await HandmadePair.OpenAsync(transport, ChoppyStream.OneByteAtATime);

        await TalkAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Handshake_and_frames_in_pieces_of_any_size_are_whole_to_whoever_reads_them(string transport)
    {
        int seed = Random.Shared.Next();
        try
        {
            for (int i = 0; i < 10; i++)
            {
                await using HandmadePair pair = await HandmadePair.OpenAsync(transport, stream => ChoppyStream.Random(stream, seed + i));
                await TalkAsync(pair);
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Frames_that_are_split_behind_any_byte_are_whole_to_whoever_reads_them(string transport)
    {
        int most = int.MaxValue;
        await using HandmadePair pair = await HandmadePair.OpenAsync(transport, stream => new ChoppyStream(stream) { ReadSize = _ => most, WriteSize = _ => most });

        // More than a request or an answer has, sealed as well; each begins a read of its own, for nothing else is under way.
        for (most = 1; most < 140; most++)
        {
            Assert.Equal(most + 1, await pair.Client.CallAsync<int>("Add", [most, 1]).InTime());
            Assert.Equal("Hello, Zoë!", await pair.Server!.CallAsync<string>("Greet", ["Zoë"]).InTime());
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Many_frames_that_leave_together_are_answered_each(string transport)
    {
        await using RpcPair pair = await RpcPair.ListenAsync(transport);
        await using RawPeer peer = await ProvenAsync(pair);

        await peer.SendAsync([.. Enumerable.Range(0, 60).Select(i => RawPeer.Request(i, "Add", $"[{i},1]"))]);

        foreach ((string id, JsonElement answer) in await peer.ReceiveAsync(60))
            Assert.Equal(int.Parse(id) + 1, answer.GetProperty("result").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_frame_of_the_largest_size_passes_both_ways_and_one_byte_more_ends_that_connection_alone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxFrameLength = MaxFrame);
        await using RawPeer peer = await ProvenAsync(pair);
        string room = new('x', MaxFrame - RawPeer.Request(1, "Echo", "[\"\"]").Length);

        await peer.SendAsync(RawPeer.Request(1, "Echo", $"[\"{room}\"]"));
        Assert.Equal(room, (await peer.ReceiveAsync()).GetProperty("result").GetString());
        await peer.SendAsync(RawPeer.Request(2, "Long", $"[{MaxFrame - RawPeer.Result(2, "\"\"").Length}]"));
        Assert.Equal(MaxFrame, (await peer.ReadAsync())!.Length);
        await peer.SendAsync(RawPeer.Request(3, "Echo", $"[\"x{room}\"]"));

        await peer.ExpectGoAwayAndEndAsync("protocol");
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    private static async Task<RawPeer> ProvenAsync(RpcPair pair)
    {
        TransportLink link = await HandmadeEnds.DialAsync(pair, static stream => stream);
        return new RawPeer(await HandmadeEnds.ProveClientAsync(link, pair.Way, pair.Secret, pair.Endpoint?.Mode).InTime());
    }

    private static async Task TalkAsync(HandmadePair pair)
    {
        string text = new('x', 300);
        Task<int>[] sums = [.. Enumerable.Range(0, 5).Select(i => pair.Client.CallAsync<int>("Add", [i, 1]).AsTask())];
        Assert.Equal(text, await pair.Server!.CallAsync<string>("Echo", [text]).InTime());
        Assert.Equal("Hello, Zoë 🙂!", await pair.Client.CallAsync<string>("GreetLater", ["Zoë 🙂"]).InTime());
        Assert.Equal(Enumerable.Range(1, 5), await Task.WhenAll(sums).InTime());
        await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync("Fail", ["on purpose"]).InTime());
    }
}
