using System.Security.Cryptography;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Trust;

/// <summary>A client that does not wait for the welcome: its first read does.</summary>
public class CompleteEarlyTests
{
    public static TheoryData<HandshakeMode, bool> ModesAndReads => new()
    {
        { HandshakeMode.Plain, false },
        { HandshakeMode.Plain, true },
        { HandshakeMode.Sealed, false },
        { HandshakeMode.Sealed, true },
    };

    [Theory, MemberData(nameof(ModesAndReads))]
    public async Task It_writes_before_the_server_has_read_its_proof_and_reads_the_answer(HandshakeMode mode, bool blocking)
    {
        TaskCompletionSource clientHasWritten = new();
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        int reads = 0;
        ChoppyStream heldUp = new(second) { BeforeRead = _ => ++reads == 2 ? clientHasWritten.Task : Task.CompletedTask };
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(heldUp, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] });
        await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(first, Client(mode));
        Assert.False(accepting.IsCompleted);
        await client.WriteAsync(new byte[] { 1, 2, 3 });
        clientHasWritten.SetResult();
        await using TrustStream server = await accepting;
        byte[] received = new byte[3];
        await server.ReadExactlyAsync(received);
        Assert.Equal([1, 2, 3], received);
        await server.WriteAsync(received);
        Assert.Equal(3, await ReadAsync(client, received, blocking));
        Assert.Equal([1, 2, 3], received);
    }

    [Theory, MemberData(nameof(ModesAndReads))]
    public async Task The_welcome_may_arrive_in_any_pieces_and_together_with_what_follows(HandshakeMode mode, bool blocking)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(3000);
        for (int seed = 0; seed <= 30; seed++)
        {
            using TrustPair pair = await TrustPair.CreateAsync(
                Client(mode),
                new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] },
                stream => seed == 0 ? new ChoppyStream(stream) : seed == 1 ? ChoppyStream.OneByteAtATime(stream) : ChoppyStream.Random(stream, seed, largest: 300));
            await pair.Server.WriteAsync(sent);
            byte[] received = new byte[sent.Length];
            for (int read = 0; read < received.Length;)
                read += await ReadAsync(pair.Client, received.AsMemory(read), blocking);
            Assert.Equal(sent, received);
        }
    }

    [Theory, MemberData(nameof(ModesAndReads))]
    public async Task A_changed_welcome_is_read_as_the_failure_that_it_is_every_time(HandshakeMode mode, bool blocking)
    {
        (int start, int end) = await FindWelcomeAsync(mode);
        for (int offset = start; offset < end; offset++)
        {
            using DuplexPair pair = DuplexPair.Create();
            FlippingStream flipping = new(pair.First) { Offset = offset };
            Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(pair.Second, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] });
            await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(flipping, Client(mode));
            await using TrustStream server = await accepting;
            pair.Second.CompleteWriting(); // Where the flip makes a length larger.
            TrustException failure = await Assert.ThrowsAsync<TrustException>(async () => await ReadAsync(client, new byte[9], blocking));
            Assert.True(failure.Failure is TrustFailure.Protocol or TrustFailure.PeerLeft, $"{offset}: {failure}");
            Assert.Same(failure, await Assert.ThrowsAsync<TrustException>(async () => await ReadAsync(client, new byte[9], blocking: false)));
            Assert.True(pair.First.IsDisposed);
            await Assert.ThrowsAnyAsync<Exception>(async () => await client.WriteAsync(new byte[1]));
        }
    }

    [Theory, MemberData(nameof(ModesAndReads))]
    public async Task A_server_that_leaves_instead_is_noticed(HandshakeMode mode, bool blocking)
    {
        using HalfServer half = await HalfServer.MeetAsync(Client(mode));
        half.ServerEnd.CompleteWriting();
        TrustException failure = await Assert.ThrowsAsync<TrustException>(async () => await ReadAsync(half.Client, new byte[9], blocking));
        Assert.Equal(TrustFailure.PeerLeft, failure.Failure);
        Assert.True(half.ClientEnd.IsDisposed);
    }

    [Theory, MemberData(nameof(ModesAndReads))]
    public async Task The_deadline_covers_the_welcome(HandshakeMode mode, bool blocking)
    {
        ManualTimeProvider clock = new();
        using HalfServer half = await HalfServer.MeetAsync(Client(mode, clock));
        Task<int> reading = Task.Run(() => ReadAsync(half.Client, new byte[9], blocking));
        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(half.ClientEnd.IsDisposed);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(() => reading)).Failure);
        Assert.True(half.ClientEnd.IsDisposed);
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(async () => await ReadAsync(half.Client, new byte[9], blocking: false))).Failure);
        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public async Task The_deadline_holds_where_nobody_reads()
    {
        ManualTimeProvider clock = new();
        using TrustPair pair = await TrustPair.CreateAsync(Client(HandshakeMode.Plain, clock), new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [HandshakeMode.Plain] });
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(pair.Pair.First.IsDisposed);
        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(async () => await ReadAsync(pair.Client, new byte[9], blocking: false))).Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_left_of_the_deadline_after_the_first_read_or_the_end(bool reads)
    {
        ManualTimeProvider clock = new();
        using TrustPair pair = await TrustPair.CreateAsync(Client(HandshakeMode.Sealed, clock), new TrustServerOptions { TrustId = TrustPair.Secret });
        Assert.Equal(1, clock.ActiveTimers);
        if (reads)
        {
            await pair.Server.WriteAsync(new byte[] { 1 });
            await pair.Client.ReadExactlyAsync(new byte[1]);
        }
        else
        {
            await pair.Client.DisposeAsync();
        }

        Assert.Equal(0, clock.ActiveTimers);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(!reads, pair.Pair.First.IsDisposed);
    }

    [Fact]
    public async Task The_token_gives_it_up_until_it_is_done_and_not_any_more_then()
    {
        using CancellationTokenSource given = new();
        using DuplexPair pair = DuplexPair.Create();
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(pair.Second, new TrustServerOptions { TrustId = TrustPair.Secret });
        await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(pair.First, Client(HandshakeMode.Sealed), given.Token);
        await given.CancelAsync();
        await using TrustStream server = await accepting;
        await server.WriteAsync(new byte[] { 1 });
        Assert.Equal(1, await ReadAsync(client, new byte[9], blocking: false));
    }

    [Theory]
    [InlineData(HandshakeMode.Plain)]
    [InlineData(HandshakeMode.Sealed)]
    public async Task A_cancelled_first_read_loses_nothing(HandshakeMode mode)
    {
        TaskCompletionSource readCancelled = new();
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        int reads = 0;
        ChoppyStream heldUp = new(second) { BeforeRead = _ => ++reads == 2 ? readCancelled.Task : Task.CompletedTask };
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(heldUp, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] });
        await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(first, Client(mode));
        using CancellationTokenSource cancelled = new();
        ValueTask<int> reading = client.ReadAsync(new byte[9], cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        readCancelled.SetResult();
        await using TrustStream server = await accepting;
        await server.WriteAsync(new byte[] { 1 });
        Assert.Equal(1, await ReadAsync(client, new byte[9], blocking: false));
    }

    [Fact]
    public async Task Disposing_it_ends_the_first_read()
    {
        using HalfServer half = await HalfServer.MeetAsync(Client(HandshakeMode.Sealed));
        ValueTask<int> reading = half.Client.ReadAsync(new byte[9]);
        await half.Client.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadAsync(half.Client, new byte[9], blocking: false));
    }

    [Fact]
    public async Task It_waits_where_the_inner_stream_is_to_be_left_open()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        TaskCompletionSource goOn = new();
        int reads = 0;
        ChoppyStream heldUp = new(second) { BeforeRead = _ => ++reads == 2 ? goOn.Task : Task.CompletedTask };
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(heldUp, new TrustServerOptions { TrustId = TrustPair.Secret });
        TrustClientOptions options = new() { TrustId = TrustPair.Secret, CompleteEarly = true, LeaveInnerStreamOpen = true };
        Task<TrustStream> connecting = TrustStream.AuthenticateAsClientAsync(first, options);
        Assert.False(connecting.IsCompleted || accepting.IsCompleted);
        goOn.SetResult();
        await using TrustStream server = await accepting;
        await using TrustStream client = await connecting;
    }

    private static TrustClientOptions Client(HandshakeMode mode, TimeProvider? clock = null) => new()
    {
        TrustId = TrustPair.Secret,
        Modes = [mode],
        CompleteEarly = true,
        TimeProvider = clock ?? TimeProvider.System,
    };

    private static async Task<int> ReadAsync(TrustStream stream, Memory<byte> buffer, bool blocking)
        => blocking ? stream.Read(buffer.Span) : await stream.ReadAsync(buffer);

    private static async Task<(int Start, int End)> FindWelcomeAsync(HandshakeMode mode)
    {
        using DuplexPair pair = DuplexPair.Create();
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(pair.Second, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = [mode] });
        ChoppyStream counting = new(pair.First);
        await using TrustStream client = await TrustStream.AuthenticateAsClientAsync(counting, Client(mode));
        await using TrustStream server = await accepting;
        return ((int)counting.BytesRead, (int)pair.Second.BytesWritten);
    }

    /// <summary>A server that has proven itself and is silent from then on.</summary>
    private sealed class HalfServer : IDisposable
    {
        public required TrustStream Client { get; init; }

        public required DuplexStream ClientEnd { get; init; }

        public required DuplexStream ServerEnd { get; init; }

        public static async Task<HalfServer> MeetAsync(TrustClientOptions options)
        {
            (DuplexStream first, DuplexStream second) = DuplexPair.Create();
            int reads = 0;
            ChoppyStream deaf = new(second) { BeforeRead = _ => ++reads == 2 ? new TaskCompletionSource().Task : Task.CompletedTask };
            _ = TrustStream.AuthenticateAsServerAsync(deaf, new TrustServerOptions { TrustId = TrustPair.Secret, Modes = options.Modes });
            TrustStream client = await TrustStream.AuthenticateAsClientAsync(first, options);
            return new HalfServer { Client = client, ClientEnd = first, ServerEnd = second };
        }

        public void Dispose() => Client.Dispose();
    }

    private sealed class FlippingStream(Stream inner) : ChoppyStream(inner)
    {
        private int _read;

        public required int Offset { get; init; }

        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer);
            Flip(buffer[..read]);
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            Flip(buffer.Span[..read]);
            return read;
        }

        private void Flip(Span<byte> read)
        {
            if (Offset >= _read && Offset < _read + read.Length) read[Offset - _read] ^= 1;
            _read += read.Length;
        }
    }
}
