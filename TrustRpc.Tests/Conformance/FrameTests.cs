using System.Text;
using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 2, byte by byte, against a connection that reads asynchronously and one that reads on a thread.</summary>
public sealed class FrameTests
{
    private const int MaxFrame = 4096;

    private readonly RpcServices _services = new();

    public FrameTests() => _services.Add(new Specimen());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("The kind of a JSON frame is 0, so its first four bytes read as one number are a plain big-endian `u32` length.")]
    public async Task A_frame_is_a_length_and_a_body_and_is_answered_by_one(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);
        byte[] body = """{"jsonrpc":"2.0","id":7,"method":"Greet","params":["Alice"]}"""u8.ToArray();

        await talk.Peer.WriteAsync([0, 0, 0, (byte)body.Length, .. body]);

        byte[] expected = """{"jsonrpc":"2.0","id":7,"result":"Hello, Alice!"}"""u8.ToArray();
        byte[] answer = new byte[4 + expected.Length];
        await talk.Peer.Stream.ReadExactlyAsync(answer).InTime();
        Assert.Equal([0, 0, 0, (byte)expected.Length, .. expected], answer);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 127)]
    [InlineData(false, 255)]
    [InlineData(true, 255)]
    [Quotes("one that was not agreed as a feature (section 3.3) closes the connection.")]
    public async Task Another_kind_of_frame_closes_the_connection(bool onThread, byte kind)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        await talk.Peer.WriteAsync(RawPeer.Frame(Encoding.UTF8.GetBytes(RawPeer.Request(1, "Add", "[1,2]")), kind));

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Length 0 is refused.")]
    public async Task An_empty_frame_closes_the_connection_after_what_came_before_was_answered(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
        await talk.Peer.WriteAsync([0, 0, 0, 0]);

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
        Assert.Contains("protocol", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("The largest body is agreed in the handshake")]
    public async Task A_body_of_the_largest_size_passes_both_ways_and_one_byte_more_closes_the_connection(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, MaxFrame);
        int room = MaxFrame - RawPeer.Request(1, "Echo", "[\"\"]").Length;
        string request = RawPeer.Request(1, "Echo", $"[\"{new string('x', room)}\"]");
        Assert.Equal(MaxFrame, request.Length);
        int answerRoom = MaxFrame - RawPeer.Result(2, "\"\"").Length;

        await talk.Peer.SendAsync(request);
        Assert.Equal(room, (await talk.Peer.ReceiveAsync()).GetProperty("result").GetString()!.Length);
        await talk.Peer.SendAsync(RawPeer.Request(2, "Long", $"[{answerRoom}]"));
        Assert.Equal(MaxFrame, (await talk.Peer.ReadAsync())!.Length);
        await talk.Peer.SendAsync(RawPeer.Request(3, "Long", $"[{answerRoom + 1}]"));
        Assert.Equal(-32003, (await talk.Peer.ReceiveErrorAsync()).Code);

        await talk.Peer.SendAsync(request.Replace("\"x", "\"xx", StringComparison.Ordinal));
        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("A reader checks the length before it reserves memory for the body, and grows as bytes arrive.")]
    public async Task A_length_alone_is_refused_without_its_body(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, MaxFrame);

        await talk.Peer.WriteAsync([0, 0, 0x10, 0x01]);

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("The body of a JSON frame is one JSON value in UTF-8, nothing before or after it, at most 64 levels deep.")]
    public async Task A_body_is_64_levels_deep_at_most(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        // The message is the first level, its params the second.
        string deepest = new string('[', 62) + new string(']', 62);
        Assert.Equal(deepest, await talk.Peer.CallAsync(1, "Echo", $"[{deepest}]"));
        await talk.Peer.SendAsync(RawPeer.Request(2, "Echo", $"[[{deepest}]]"));

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{} []")]
    [InlineData("[] {}")]
    [InlineData("[],")]
    [InlineData("{}\0")]
    [InlineData("{'id':1}")]
    [InlineData("{\"id\":01}")]
    [InlineData("{\"id\":1,}")]
    [InlineData("// comment\n{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("NaN")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Add\",\"params\":[1,2]}{")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Add\",\"params\":[1,2]}}")]
    [Quotes("Malformed bytes (not JSON, bad UTF-8, unpaired surrogates, duplicate envelope members, trailing bytes, length 0 or over the limit): `$/goaway` with reason `protocol`, then close.")]
    public async Task A_body_that_is_not_one_JSON_value_closes_the_connection(string body)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(body);

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Echo\",\"params\":[\"\\ud83d\"]}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Echo\",\"params\":[\"\\ude42\\ud83d\"]}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Echo\",\"params\":[{\"\\uD800x\":1}]}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":\"\\uDC00\",\"method\":\"Echo\",\"params\":[1]}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Add\",\"params\":[1,2],\"unknown\":\"\\uD83D\\\\uDE42\"}")]
    [Quotes("invalid UTF-8, unpaired surrogates and a byte order mark are refused wherever they appear.")]
    public async Task Half_a_surrogate_pair_closes_the_connection_wherever_it_stands(string body)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(body);

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Theory]
    [InlineData("C0 80")]
    [InlineData("C1 BF")]
    [InlineData("80")]
    [InlineData("FF")]
    [InlineData("E2 82")]
    [InlineData("ED A0 80")]
    [InlineData("F0 80 80 80")]
    [InlineData("F4 90 80 80")]
    [InlineData("F8 88 80 80 80")]
    [Quotes("invalid UTF-8, unpaired surrogates and a byte order mark are refused wherever they appear.")]
    public async Task Bytes_that_are_no_UTF8_close_the_connection_wherever_they_stand(string hex)
    {
        byte[] bad = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        string[] messages =
        [
            """{"jsonrpc":"2.0","id":1,"method":"Echo","params":["@"]}""",
            """{"jsonrpc":"2.0","id":1,"method":"Echo@","params":[1]}""",
            """{"jsonrpc":"2.0","id":1,"method":"Add","params":[1,2],"@":0}""",
            """{"jsonrpc":"2.0","id":"@","method":"Add","params":[1,2]}""",
        ];

        foreach (string message in messages)
        {
            await using RawConversation talk = RawConversation.Start(_services);
            int at = message.IndexOf('@', StringComparison.Ordinal);

            await talk.Peer.WriteAsync(RawPeer.Frame([.. Encoding.UTF8.GetBytes(message[..at]), .. bad, .. Encoding.UTF8.GetBytes(message[(at + 1)..])]));

            await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("End of stream between two frames is an end; inside a frame it is an error.")]
    public async Task An_end_between_frames_is_an_end(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));

        talk.Pair.Second.CompleteWriting();

        await talk.Peer.ExpectEndAsync();
        Assert.DoesNotContain("middle", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("End of stream between two frames is an end; inside a frame it is an error.")]
    public async Task An_end_at_any_byte_inside_a_frame_is_an_error(bool onThread)
    {
        byte[] frame = RawPeer.Frame(RawPeer.Request(1, "Note", "[\"x\"]"));
        for (int length = 1; length < frame.Length; length++)
        {
            await using RawConversation talk = RawConversation.Start(_services, onThread);

            await talk.Peer.WriteAsync(frame[..length]);
            talk.Pair.Second.CompleteWriting();

            Assert.Contains("middle of a frame", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("A call is executed at most once. When a connection is lost every call in flight fails, and the error says whether the request may have been executed.")]
    public async Task A_peer_that_vanishes_between_or_inside_frames_fails_the_calls_in_flight(bool onThread)
    {
        byte[] answer = RawPeer.Frame(RawPeer.Result(1, "3"));
        for (int length = 0; length < answer.Length; length++)
        {
            await using RawConversation talk = RawConversation.Start(_services, onThread);
            Task<int> call = talk.Connection.CallAsync<int>("add", [1, 2]).AsTask();
            Assert.Equal("add", (await talk.Peer.ReceiveAsync()).GetProperty("method").GetString());

            await talk.Peer.WriteAsync(answer[..length]);
            if (length % 2 == 0)
                talk.Pair.Second.Dispose();
            else
                talk.Pair.Break();

            RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
            Assert.True(e.MayHaveBeenExecuted);
            await Assert.ThrowsAsync<RpcConnectionException>(() => talk.Connection.CallAsync<int>("add", [1, 2]).InTime());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_that_arrive_one_byte_at_a_time_are_whole_to_whoever_reads_them(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, wrap: ChoppyStream.OneByteAtATime);

        await talk.Peer.SendAsync([.. Enumerable.Range(1, 20).Select(i => RawPeer.Request(i, "Add", $"[{i},1]"))]);

        foreach ((string id, JsonElement answer) in await talk.Peer.ReceiveAsync(20))
            Assert.Equal(int.Parse(id) + 1, answer.GetProperty("result").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_split_at_any_byte_are_whole_to_whoever_reads_them(bool onThread)
    {
        string[] requests = [RawPeer.Request(1, "Add", "[1,1]"), RawPeer.Request(2, "Greet", "[\"Zoë\"]"), RawPeer.Request(3, "Add", "[3,1]")];
        int size = RawPeer.Frames(requests).Length;
        for (int at = 1; at < size; at++)
        {
            await using RawConversation talk = RawConversation.Start(_services, onThread, wrap: stream => ChoppyStream.SplitAt(stream, at));

            await talk.Peer.SendAsync(requests);

            Dictionary<string, JsonElement> answers = await talk.Peer.ReceiveAsync(3);
            Assert.Equal(2, answers["1"].GetProperty("result").GetInt32());
            Assert.Equal("Hello, Zoë!", answers["2"].GetProperty("result").GetString());
            Assert.Equal(4, answers["3"].GetProperty("result").GetInt32());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_of_any_size_in_pieces_of_any_size_are_whole_to_whoever_reads_them(bool onThread)
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        await using RawConversation talk = RawConversation.Start(
            _services, onThread, maxFrame: 1_000_000, maxCalls: 1000, wrap: stream => ChoppyStream.Random(stream, seed, largest: 90_000));
        int[] lengths = [.. Enumerable.Range(0, 200).Select(i => i % 20 == 0 ? random.Next(300_000) : random.Next(2_000))];

        Task sending = talk.Peer.SendAsync([.. lengths.Select((length, i) => RawPeer.Request(i, "Echo", $"[\"{new string('x', length)}\"]"))]);
        Dictionary<string, JsonElement> answers = await talk.Peer.ReceiveAsync(lengths.Length);

        await sending;
        for (int i = 0; i < lengths.Length; i++)
            Assert.True(lengths[i] == answers[$"{i}"].GetProperty("result").GetString()!.Length, $"Seed {seed}, frame {i}.");
    }

    [Fact]
    [Quotes("A frame once begun is finished: cancelling a call never leaves half a frame behind.")]
    public async Task A_call_that_is_given_up_while_its_frame_leaves_leaves_whole_frames_behind()
    {
        await using RawConversation talk = RawConversation.Start(_services, capacity: 16);
        using CancellationTokenSource given = new();

        Task<int> stuck = talk.Connection.CallAsync<int>("add", [1, 2], given.Token).AsTask();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck.InTime());

        Assert.Equal("add", (await talk.Peer.ReceiveAsync()).GetProperty("method").GetString());
        JsonElement cancel = await talk.Peer.ReceiveAsync();
        Assert.Equal("$/cancelRequest", cancel.GetProperty("method").GetString());
        Assert.Equal(1, cancel.GetProperty("params").GetProperty("id").GetInt32());
    }
}
