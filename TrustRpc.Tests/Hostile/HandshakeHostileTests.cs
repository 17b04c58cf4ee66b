using System.Text;
using TrustRpc.Framing;
using TrustRpc.Tests.Support;
using TrustRpc.Tests.Unit.Trust;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Hostile;

/// <summary>Whatever comes before a handshake is over: a close or the uniform refusal, never memory, never a hang.</summary>
public class HandshakeHostileTests
{
    private static readonly TrustServerOptions Server = new() { TrustId = TrustPair.Secret, Channel = TrustChannel.Local };

    public static TheoryData<string, string> MalformedHellos
    {
        get
        {
            string hello = HandshakeMessageTests.HelloText();
            TheoryData<string, string> table = [];
            void Add(string name, string from, string to)
            {
                string changed = hello.Replace(from, to, StringComparison.Ordinal);
                Assert.NotEqual(hello, changed);
                table.Add(name, changed);
            }

            Add("not an object", hello, "[]");
            Add("not JSON", hello, "hello");
            Add("trailing bytes", hello, hello + " x");
            Add("two values", hello, hello + hello);
            Add("a comma too many", "]}", "],}");
            Add("a comment", "{\"type\"", "{/**/\"type\"");
            Add("another type", "\"hello\"", "\"hallo\"");
            Add("no type", "\"type\":\"hello\",", "");
            Add("type twice", "{\"type\"", "{\"type\":\"hello\",\"type\"");
            Add("type twice, once escaped", "{\"type\"", "{\"\\u0074ype\":\"hello\",\"type\"");
            Add("an unknown member twice", "{\"type\"", "{\"x\":1,\"x\":1,\"type\"");
            Add("a member twice in depth", "{\"type\"", "{\"x\":[{\"y\":1,\"\\u0079\":1}],\"type\"");
            Add("client.id twice", "\"id\":\"worker\"", "\"id\":\"worker\",\"id\":\"worker\"");
            Add("no versions", "\"versions\":[1],", "");
            Add("versions as a number", "[1]", "1");
            Add("a version as a string", "[1]", "[\"1\"]");
            Add("a version with a fraction", "[1]", "[1.0]");
            Add("a version with an exponent", "[1]", "[1e0]");
            Add("versions as null", "[1]", "null");
            Add("no nonce", "\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\",", "");
            Add("a padded nonce", "Hh8\"", "Hh8=\"");
            Add("a nonce with stray bits", "Hh8\"", "Hh9\"");
            Add("a short nonce", "Hh8\"", "Hh\"");
            Add("a nonce in the other alphabet", "AAEC", "A+EC");
            Add("no client", "\"client\":{\"id\":\"worker\",\"name\":\"Worker\"},", "");
            Add("client as a string", "{\"id\":\"worker\",\"name\":\"Worker\"}", "\"worker\"");
            Add("no client.name", ",\"name\":\"Worker\"", "");
            Add("an empty client.id", "\"id\":\"worker\"", "\"id\":\"\"");
            Add("a client.id that is too long", "\"id\":\"worker\"", $"\"id\":\"{new string('x', 129)}\"");
            Add("a control character in client.id", "\"id\":\"worker\"", "\"id\":\"a\\nb\"");
            Add("an escaped surrogate alone", "\"id\":\"worker\"", "\"id\":\"\\ud800\"");
            Add("an escaped surrogate alone in an unknown member", "{\"type\"", "{\"x\":\"\\udc00\",\"type\"");
            Add("an escaped surrogate alone in a member's name", "{\"type\"", "{\"\\udc00\":1,\"type\"");
            Add("an unknown channel", "\"local\"", "\"global\"");
            Add("channel as a number", "\"local\"", "7");
            Add("no channel", "\"channel\":\"local\",", "");
            Add("no modes", "\"modes\":[\"plain\"]", "\"x\":1");
            Add("modes as a string", "[\"plain\"]", "\"plain\"");
            Add("a mode as a number", "[\"plain\"]", "[\"plain\",1]");
            Add("sealed without suites and share", "[\"plain\"]", "[\"plain\",\"sealed\"]");
            Add("sealed without a share", "[\"plain\"]", "[\"sealed\"],\"suites\":[\"aes256-gcm\"]");
            Add("maxFrame too small", "[\"plain\"]", "[\"plain\"],\"maxFrame\":4095");
            Add("maxFrame too large", "[\"plain\"]", "[\"plain\"],\"maxFrame\":16777216");
            Add("maxFrame with a fraction", "[\"plain\"]", "[\"plain\"],\"maxFrame\":4096.0");
            Add("server as null", "[\"plain\"]", "[\"plain\"],\"server\":null");
            Add("features as a string", "[\"plain\"]", "[\"plain\"],\"features\":\"x\"");
            Add("a byte order mark", "{\"type\"", "\uFEFF{\"type\"");
            Add("65 levels", "{\"type\"", $"{{\"x\":{new string('[', 64)}{new string(']', 64)},\"type\"");
            return table;
        }
    }

    [Theory, MemberData(nameof(MalformedHellos))]
    public async Task A_malformed_hello_with_a_right_proof_is_closed_without_a_byte(string name, string hello)
    {
        _ = name;
        byte[] body = Encoding.UTF8.GetBytes(hello);
        (TrustException failure, byte[] answer) = await SendAsync([.. Frame(body), .. Frame(Proof(body))]);
        Assert.Equal(TrustFailure.Protocol, failure.Failure);
        Assert.Empty(answer);
    }

    [Fact]
    public async Task The_same_hello_unchanged_is_answered()
    {
        byte[] body = Encoding.UTF8.GetBytes(HandshakeMessageTests.HelloText());
        (TrustException failure, byte[] answer) = await SendAsync([.. Frame(body), .. Frame(Proof(body))], thenLeave: true);
        Assert.Equal(TrustFailure.PeerLeft, failure.Failure);
        Assert.Contains("challenge", Encoding.UTF8.GetString(answer));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_closed_without_a_byte()
    {
        byte[] body = Encoding.UTF8.GetBytes(HandshakeMessageTests.HelloText());
        body[Encoding.UTF8.GetString(body).IndexOf("worker", StringComparison.Ordinal)] = 0xFF;
        (_, byte[] answer) = await SendAsync([.. Frame(body), .. Frame(Proof(body))]);
        Assert.Empty(answer);
    }

    [Fact]
    public async Task Whatever_the_hello_a_wrong_proof_gets_the_same_refusal()
    {
        byte[] wrong = ProofMessage.Write(new byte[32]);
        foreach (string hello in (string[])["{}", "[", "\0", HandshakeMessageTests.HelloText()])
        {
            (TrustException failure, byte[] answer) = await SendAsync([.. Frame(Encoding.UTF8.GetBytes(hello)), .. Frame(wrong)]);
            Assert.Equal(TrustFailure.SecretDiffers, failure.Failure);
            Assert.Equal("""{"type":"refused","code":"unauthenticated","message":"The proof does not fit."}""", Encoding.UTF8.GetString(answer.AsSpan(4)));
        }
    }

    [Theory]
    [InlineData("474554202F20485454502F312E310D0A")]
    [InlineData("1603010200010001FC0303")]
    [InlineData("5353482D322E302D")]
    [InlineData("00000000")]
    [InlineData("00001001")]
    [InlineData("00FFFFFF")]
    [InlineData("01000010")]
    public async Task Bytes_that_are_no_handshake_frame_are_closed_at_once_and_reserve_nothing(string hex)
    {
        ChoppyStream? observed = null;
        (TrustException failure, byte[] answer) = await SendAsync(Convert.FromHexString(hex), wrap: stream => observed = new ChoppyStream(stream));
        Assert.Equal(TrustFailure.Protocol, failure.Failure);
        Assert.Empty(answer);
        Assert.InRange(observed!.LargestRead, 1, HandshakeInput.FirstSize);
    }

    [Fact]
    public async Task The_largest_body_is_read_into_no_more_than_its_own_4096_bytes()
    {
        string hello = HandshakeMessageTests.HelloText();
        byte[] body = Encoding.UTF8.GetBytes(hello.Insert(hello.Length - 1, $",\"x\":\"{new string('x', Handshake.LargestBody - hello.Length - 7)}\""));
        Assert.Equal(4096, body.Length);
        ChoppyStream? observed = null;
        (TrustException failure, byte[] answer) = await SendAsync([.. Frame(body), .. Frame(Proof(body))], thenLeave: true, stream => observed = new ChoppyStream(stream));
        Assert.Equal(TrustFailure.PeerLeft, failure.Failure);
        Assert.Contains("challenge", Encoding.UTF8.GetString(answer));
        Assert.InRange(observed!.LargestRead, 1, Handshake.LargestBody);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("\0\0\0\u0002{}")]
    public async Task A_client_says_that_it_is_no_TrustRpc_server(string answer)
    {
        using DuplexPair pair = DuplexPair.Create();
        pair.Second.Write(Encoding.ASCII.GetBytes(answer));
        TrustException failure = await Assert.ThrowsAsync<TrustException>(
            () => TrustStream.AuthenticateAsClientAsync(pair.First, new TrustClientOptions { TrustId = TrustPair.Secret }));
        Assert.Equal(TrustFailure.NotTrustRpc, failure.Failure);
        Assert.Contains("not a TrustRpc server", failure.Message);
        Assert.True(pair.First.IsDisposed);
    }

    [Fact]
    public async Task Silence_ends_with_the_deadline_in_either_role()
    {
        ManualTimeProvider clock = new();
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        Task accepting = TrustStream.AuthenticateAsServerAsync(second, new TrustServerOptions { TrustId = TrustPair.Secret, TimeProvider = clock });
        Task connecting = TrustStream.AuthenticateAsClientAsync(DuplexPair.Create().First, new TrustClientOptions { TrustId = TrustPair.Secret, TimeProvider = clock });
        await clock.WhenTimersActive(2);
        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(accepting.IsCompleted || connecting.IsCompleted);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(() => accepting)).Failure);
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(() => connecting)).Failure);
        Assert.True(second.IsDisposed);
        Assert.Equal(0, first.Read(new byte[1]));
        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public async Task A_stream_that_heeds_no_token_is_ended_as_well()
    {
        ManualTimeProvider clock = new();
        using DuplexPair pair = DuplexPair.Create();
        Task accepting = TrustStream.AuthenticateAsServerAsync(new DeafStream(pair.Second), new TrustServerOptions { TrustId = TrustPair.Secret, TimeProvider = clock });
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(() => accepting)).Failure);
    }

    [Fact]
    public async Task Giving_it_up_is_told_apart_from_a_timeout()
    {
        using DuplexPair pair = DuplexPair.Create();
        using CancellationTokenSource given = new();
        Task connecting = TrustStream.AuthenticateAsClientAsync(pair.First, new TrustClientOptions { TrustId = TrustPair.Secret }, given.Token);
        await given.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(given.Token, cancelled.CancellationToken);
        Assert.True(pair.First.IsDisposed);
    }

    [Theory]
    [InlineData(HandshakeMode.Plain, false)]
    [InlineData(HandshakeMode.Plain, true)]
    [InlineData(HandshakeMode.Sealed, false)]
    [InlineData(HandshakeMode.Sealed, true)]
    public async Task A_peer_that_vanishes_at_any_byte_is_noticed_by_the_other(HandshakeMode mode, bool early)
    {
        TrustClientOptions client = new() { TrustId = TrustPair.Secret, Modes = [mode], CompleteEarly = early };
        TrustServerOptions server = new() { TrustId = TrustPair.Secret, Modes = [mode] };
        (long fromClient, long fromServer) = await CountAsync(client, server);
        for (long offset = 0; offset < fromClient; offset++)
        {
            (Exception? accepted, _) = await RunAsync(client, server, clientBreaksAfter: offset, null);
            Assert.Equal(TrustFailure.PeerLeft, Assert.IsType<TrustException>(accepted).Failure);
        }

        for (long offset = 0; offset < fromServer; offset++)
        {
            (_, Exception? connected) = await RunAsync(client, server, null, serverBreaksAfter: offset);
            Assert.Equal(TrustFailure.PeerLeft, Assert.IsType<TrustException>(connected).Failure);
        }
    }

    private static async Task<(long FromClient, long FromServer)> CountAsync(TrustClientOptions client, TrustServerOptions server)
    {
        using TrustPair pair = await TrustPair.CreateAsync(client, server);
        return (pair.Pair.First.BytesWritten, pair.Pair.Second.BytesWritten);
    }

    private static async Task<(Exception? Accepted, Exception? Connected)> RunAsync(
        TrustClientOptions client, TrustServerOptions server, long? clientBreaksAfter, long? serverBreaksAfter)
    {
        using DuplexPair pair = DuplexPair.Create();
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(new ChoppyStream(pair.Second) { BreakAfterWritten = serverBreaksAfter }, server);
        Task<TrustStream> connecting = TrustStream.AuthenticateAsClientAsync(new ChoppyStream(pair.First) { BreakAfterWritten = clientBreaksAfter }, client);
        return (await Record.ExceptionAsync(() => accepting), await Record.ExceptionAsync(ReadAsync));

        // A client that does not wait for the welcome hears of it with its first read.
        async Task ReadAsync()
        {
            TrustStream stream = await connecting;
            if (client.CompleteEarly) await stream.ReadExactlyAsync(new byte[1]);
        }
    }

    private static async Task<(TrustException Failure, byte[] Answer)> SendAsync(byte[] bytes, bool thenLeave = false, Func<Stream, Stream>? wrap = null)
    {
        using DuplexPair pair = DuplexPair.Create();
        await pair.First.WriteAsync(bytes);
        if (thenLeave) pair.First.CompleteWriting();
        TrustException failure = await Assert.ThrowsAsync<TrustException>(() => TrustStream.AuthenticateAsServerAsync(wrap?.Invoke(pair.Second) ?? pair.Second, Server));
        Assert.True(pair.Second.IsDisposed);
        using MemoryStream answer = new();
        await pair.First.CopyToAsync(answer);
        return (failure, answer.ToArray());
    }

    private static byte[] Frame(byte[] body)
    {
        byte[] frame = new byte[FrameHeader.Size + body.Length];
        FrameHeader.Write(frame, FrameHeader.Json, body.Length);
        body.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static byte[] Proof(byte[] hello)
    {
        Transcript transcript = new();
        transcript.AbsorbFromClient(hello);
        return ProofMessage.Write(transcript.Prove(TrustPair.Secret.Keys.ClientProofKey));
    }

    private sealed class DeafStream(Stream inner) : ChoppyStream(inner)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => base.ReadAsync(buffer, CancellationToken.None);
    }
}
