using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

/// <summary>Streams of the program's own that throw when they are closed, as one does that has something to flush and cannot.</summary>
public sealed class StubbornStreamTests
{
    [Fact]
    public async Task A_handshake_that_timed_out_says_so_and_does_no_harm_to_the_thread_of_the_clock()
    {
        using DuplexPair pair = DuplexPair.Create();
        ManualTimeProvider time = new();
        Task<TrustStream> proving = TrustStream.AuthenticateAsServerAsync(
            new StubbornStream(pair.First), new TrustServerOptions { TrustId = TrustPair.Secret, Timeout = TimeSpan.FromSeconds(5), TimeProvider = time });

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(TrustFailure.TimedOut, (await Assert.ThrowsAsync<TrustException>(() => proving.InTime())).Failure);
    }

    [Fact]
    public async Task A_handshake_that_is_given_up_does_no_harm_to_who_gives_it_up()
    {
        using DuplexPair pair = DuplexPair.Create();
        using CancellationTokenSource giveUp = new();
        Task<TrustStream> proving = TrustStream.AuthenticateAsClientAsync(new StubbornStream(pair.First), new TrustClientOptions { TrustId = TrustPair.Secret }, giveUp.Token);

        giveUp.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => proving.InTime());
    }

    [Fact]
    public async Task A_peer_that_left_is_told_as_such()
    {
        using DuplexPair pair = DuplexPair.Create();
        Task<TrustStream> proving = TrustStream.AuthenticateAsServerAsync(new StubbornStream(pair.First), new TrustServerOptions { TrustId = TrustPair.Secret });

        pair.Second.Dispose();

        Assert.Equal(TrustFailure.PeerLeft, (await Assert.ThrowsAsync<TrustException>(() => proving.InTime())).Failure);
    }

    private sealed class StubbornStream(Stream inner) : ByteStream
    {
        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Flush() => inner.Flush();

        protected override void Dispose(bool disposing) => throw new IOException("What was left could not be flushed.");
    }
}
