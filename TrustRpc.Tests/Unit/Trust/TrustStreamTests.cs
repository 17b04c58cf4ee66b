using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Trust;

public class TrustStreamTests
{
    public static TheoryData<HandshakeMode, CipherSuite> Kinds => new()
    {
        { HandshakeMode.Plain, CipherSuite.Aes256Gcm },
        { HandshakeMode.Sealed, CipherSuite.Aes256Gcm },
        { HandshakeMode.Sealed, CipherSuite.ChaCha20Poly1305 },
    };

    [Theory, MemberData(nameof(Kinds))]
    public async Task Both_ends_know_each_other_and_what_was_agreed(HandshakeMode mode, CipherSuite suite)
    {
        using TrustPair pair = await TrustPair.CreateAsync(
            new TrustClientOptions { TrustId = TrustPair.Secret, Modes = [mode], Suites = [suite], ClientId = "c1", ClientName = "Client", ServerName = "orders", MaxFrameLength = 5000 },
            new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode], ServerName = "orders", MaxCalls = 7, KeepAlive = TimeSpan.FromSeconds(3) });
        Assert.Equal(("orders", "orders"), (pair.Client.PeerId, pair.Client.PeerName));
        Assert.Equal(("c1", "Client"), (pair.Server.PeerId, pair.Server.PeerName));
        Assert.Equal(pair.Client.Session, pair.Server.Session);
        foreach (TrustStream stream in (TrustStream[])[pair.Client, pair.Server])
        {
            Assert.Matches("^[0-9a-f]{32}$", stream.Session);
            Assert.Equal(mode, stream.Mode);
            Assert.Equal(mode == HandshakeMode.Sealed ? suite : null, stream.Suite);
            Assert.Equal((5000, 7, TimeSpan.FromSeconds(3)), (stream.MaxFrameLength, stream.MaxCalls, stream.KeepAlive));
            Assert.Equal(TrustPair.Secret.Fingerprint, stream.TrustIdFingerprint);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Bytes_of_any_size_arrive_in_both_directions(HandshakeMode mode, CipherSuite suite)
    {
        using TrustPair pair = await TrustPair.CreateAsync(mode, suite, rekeyInterval: 5);
        foreach (int size in (int[])[1, 0, 492, 493, 512, 4096, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 3_000_000])
        {
            byte[] sent = RandomNumberGenerator.GetBytes(size);
            await pair.Client.WriteAsync(sent);
            byte[] received = new byte[size];
            await pair.Server.ReadExactlyAsync(received);
            Assert.Equal(sent, received);
            pair.Server.Write(sent);
            Array.Clear(received);
            pair.Client.ReadExactly(received);
            Assert.Equal(sent, received);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task The_handshake_and_what_follows_survive_any_cut(HandshakeMode mode, CipherSuite suite)
    {
        TrustClientOptions client = new() { TrustId = TrustPair.Secret, Modes = [mode], Suites = [suite] };
        TrustServerOptions server = new() { TrustId = TrustPair.Secret, Modes = [mode] };
        using (TrustPair slow = await TrustPair.CreateAsync(client, server, ChoppyStream.OneByteAtATime))
            await AssertEchoes(slow, 300);
        for (int seed = 1; seed <= 20; seed++)
        {
            using TrustPair pair = await TrustPair.CreateAsync(client, server, stream => ChoppyStream.Random(stream, seed, largest: 300));
            await AssertEchoes(pair, 5000);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task What_the_client_sends_right_behind_its_proof_belongs_to_the_next_layer(HandshakeMode mode, CipherSuite suite)
    {
        // The server reads nothing before the client has written its first message, which then arrives in one piece with the second proof.
        TaskCompletionSource clientHasWritten = new();
        (DuplexStream clientEnd, DuplexStream serverEnd) = DuplexPair.Create();
        int reads = 0;
        ChoppyStream heldUp = new(serverEnd) { BeforeRead = _ => ++reads == 2 ? clientHasWritten.Task : Task.CompletedTask };
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(heldUp, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] });
        byte[] message = [1, 2, 3];
        ChoppyStream appending = new(clientEnd)
        {
            // The client itself waits for the welcome; in plain mode anybody may put bytes behind the proof, so the inner stream does.
            BeforeRead = async _ =>
            {
                if (mode == HandshakeMode.Plain && clientEnd.WriteCalls == 2) await clientEnd.WriteAsync(message, CancellationToken.None);
                if (clientEnd.WriteCalls >= 2) clientHasWritten.TrySetResult();
            },
        };
        await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(appending, new TrustClientOptions { TrustId = TrustPair.Secret, Modes = [mode], Suites = [suite] });
        await using TrustStream server = await accepting;
        if (mode == HandshakeMode.Sealed) await client.WriteAsync(message);
        byte[] received = new byte[3];
        await server.ReadExactlyAsync(received);
        Assert.Equal(message, received);
    }

    [Fact]
    public async Task Plain_bytes_go_to_the_inner_stream_as_they_are()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Plain);
        long before = pair.Pair.First.BytesWritten;
        await pair.Client.WriteAsync(new byte[100]);
        Assert.Equal(100, pair.Pair.First.BytesWritten - before);
        pair.Pair.First.CompleteWriting();
        await pair.Server.ReadExactlyAsync(new byte[100]);
        Assert.Equal(0, await pair.Server.ReadAsync(new byte[1]));
    }

    [Theory]
    [InlineData(16 * 1024, 1)]
    [InlineData((16 * 1024) + 1, 2)]
    [InlineData(200_000, 13)]
    public async Task A_sealed_write_is_a_write_below_for_each_16_KiB_that_the_peer_can_open_meanwhile_and_shows_nothing_of_it(int size, int writes)
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        int before = pair.Pair.First.WriteCalls;
        byte[] text = [.. Enumerable.Repeat((byte)'x', size)];
        await pair.Client.WriteAsync(text);
        Assert.Equal(before + writes, pair.Pair.First.WriteCalls);
        byte[] wire = new byte[pair.Pair.Second.Available];
        pair.Pair.Second.ReadExactly(wire);
        Assert.Equal(-1, wire.AsSpan().IndexOf("xxxx"u8));
    }

    [Fact]
    public async Task A_shutdown_is_read_as_the_end_and_the_other_direction_goes_on()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        await pair.Client.WriteAsync(new byte[] { 1 });
        await pair.Client.ShutdownAsync();
        await pair.Client.ShutdownAsync();
        byte[] data = new byte[10];
        Assert.Equal(1, await pair.Server.ReadAsync(data));
        Assert.Equal(0, await pair.Server.ReadAsync(data));
        Assert.Equal(0, pair.Server.Read(data));
        Assert.True(pair.Server.CloseReceived);
        await pair.Server.WriteAsync(new byte[] { 2 });
        Assert.Equal(1, await pair.Client.ReadAsync(data));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Client.WriteAsync(data));
    }

    [Fact]
    public async Task A_sealed_stream_that_is_cut_off_is_an_error_not_an_end()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        pair.Pair.First.Dispose();
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await ReadSome(pair.Server));
        Assert.False(pair.Server.CloseReceived);
    }

    [Fact]
    public async Task A_changed_byte_drops_the_connection_without_a_word()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        long before = pair.Pair.Second.BytesWritten;
        pair.Pair.First.Write([1, 0, 0, 17, .. new byte[17]]);
        await Assert.ThrowsAsync<IOException>(async () => await ReadSome(pair.Server));
        Assert.True(pair.Pair.Second.IsDisposed);
        Assert.Equal(before, pair.Pair.Second.BytesWritten);
        await Assert.ThrowsAsync<IOException>(async () => await ReadSome(pair.Server));
        await Assert.ThrowsAsync<IOException>(async () => await pair.Server.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        using CancellationTokenSource cancelled = new();
        ValueTask<int> reading = pair.Server.ReadAsync(new byte[10], cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        await AssertEchoes(pair, 10);
    }

    [Fact]
    public async Task A_second_read_at_the_same_time_is_refused_and_the_first_goes_on()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        ValueTask<int> reading = pair.Server.ReadAsync(new byte[10]);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ReadSome(pair.Server));
        await pair.Client.WriteAsync(new byte[] { 1 });
        Assert.Equal(1, await reading);
    }

    [Fact]
    public async Task Disposing_it_ends_a_read_under_way()
    {
        using TrustPair pair = await TrustPair.CreateAsync(HandshakeMode.Sealed);
        ValueTask<int> reading = pair.Server.ReadAsync(new byte[10]);
        await pair.Server.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadSome(pair.Server));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Server.WriteAsync(new byte[10]));
    }

    [Fact]
    public async Task An_inner_stream_to_be_left_open_is_left_open()
    {
        using TrustPair pair = await TrustPair.CreateAsync(
            new TrustClientOptions { TrustId = TrustPair.Secret, LeaveInnerStreamOpen = true },
            new TrustServerOptions { TrustId = TrustPair.Secret, LeaveInnerStreamOpen = true });
        await pair.Client.DisposeAsync();
        pair.Server.Dispose();
        Assert.False(pair.Pair.First.IsDisposed || pair.Pair.Second.IsDisposed);
    }

    [Theory]
    [InlineData(HandshakeMode.Plain)]
    [InlineData(HandshakeMode.Sealed)]
    public async Task Reads_and_writes_that_need_not_wait_allocate_nothing(HandshakeMode mode)
    {
        using TrustPair pair = await TrustPair.CreateAsync(mode);
        byte[] data = new byte[200];
        Exchange(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Without optimisation the compiler makes every state machine an object: 104 bytes each, and still nothing of ours.
        bool isOptimized = typeof(TrustStream).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };
        Assert.InRange(allocated, 0, isOptimized || mode == HandshakeMode.Plain ? 1000 : 1000 * 2 * 128);

        void Exchange(int times)
        {
            for (int i = 0; i < times; i++)
            {
                ValueTask writing = pair.Client.WriteAsync(data);
                Assert.True(writing.IsCompletedSuccessfully);
                ValueTask<int> reading = pair.Server.ReadAsync(data);
                Assert.True(reading.IsCompletedSuccessfully);
                if (reading.GetAwaiter().GetResult() != data.Length) Assert.Fail("A part is missing.");
            }
        }
    }

    [Fact]
    public async Task An_option_out_of_its_range_is_refused_before_a_byte_is_sent()
    {
        using DuplexPair pair = DuplexPair.Create();
        TrustClientOptions[] wrong =
        [
            new() { TrustId = TrustPair.Secret, ClientId = "" },
            new() { TrustId = TrustPair.Secret, ClientName = new string('x', 129) },
            new() { TrustId = TrustPair.Secret, ServerName = "a\nb" },
            new() { TrustId = TrustPair.Secret, Modes = [] },
            new() { TrustId = TrustPair.Secret, Suites = [] },
            new() { TrustId = TrustPair.Secret, MaxFrameLength = 4095 },
            new() { TrustId = TrustPair.Secret, MaxFrameLength = 16_777_216 },
            new() { TrustId = TrustPair.Secret, Timeout = TimeSpan.Zero },
            new() { TrustId = TrustPair.Secret, Channel = TrustChannel.Tls },
        ];
        foreach (TrustClientOptions options in wrong)
            await Assert.ThrowsAnyAsync<ArgumentException>(() => TrustStream.AuthenticateAsClientAsync(pair.First, options));
        Assert.Equal(0, pair.First.BytesWritten);
        Assert.False(pair.First.IsDisposed);
    }

    private static ValueTask<int> ReadSome(TrustStream stream) => stream.ReadAsync(new byte[10]);

    private static async Task AssertEchoes(TrustPair pair, int size)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(size);
        byte[] received = new byte[size];
        await pair.Client.WriteAsync(sent);
        await pair.Server.ReadExactlyAsync(received);
        await pair.Server.WriteAsync(received);
        Array.Clear(received);
        await pair.Client.ReadExactlyAsync(received);
        Assert.Equal(sent, received);
    }
}
