using System.Diagnostics;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>
/// A socket as a stream whose synchronous reads block in the kernel on the calling thread: they need neither a pool thread nor the thread on
/// which the runtime waits for sockets, even while other threads write asynchronously. One reader and one writer at a time.
/// </summary>
internal sealed class SocketStream : NetworkStream
{
    private static readonly Func<TimeSpan, TimeSpan> EndlessPatience = static _ => Timeout.InfiniteTimeSpan;

    /// <summary>On Windows a shutdown by this side does not reliably end its own select, so a wait looks up now and then.</summary>
    private static readonly TimeSpan LongestSelect = TimeSpan.FromSeconds(1);

    // At most half the cores spin, so that whoever is waited for has one to run on; on a single core nobody does.
    private static readonly int MostSpinners = Environment.ProcessorCount / 2;

    /// <summary>So long a read that blocks spins first, where that is wanted or has been of use: a core that went to sleep takes longer than most peers to come back.</summary>
    private static readonly long LongestSpin = Stopwatch.Frequency / 10_000;

    private const int MostLuck = 4;
    private const int TriesAgainAfter = 32;
    private static int _spinners;

    private readonly bool _staysOffPoller;
    private volatile Func<bool>? _spinWhile;

    // A connection begins with a handshake: its first message, and then its answers, are on their way.
    private bool _isDrained = true;
    private int _luck = MostLuck;
    private int _reads;
    private volatile Func<TimeSpan, TimeSpan>? _patience;

    /// <summary>Takes the connected socket over. <paramref name="blocksReader"/>: see <see cref="TransportOptions.HasReaderThread"/>.</summary>
    public SocketStream(Socket socket, bool blocksReader = false)
        : base(socket, ownsSocket: true)
    {
        socket.Blocking = false; // After the base constructor, which insists on a blocking socket.
        _staysOffPoller = blocksReader;
        _patience = blocksReader ? EndlessPatience : null;
    }

    /// <summary>Reads that spin at this moment, or wait to be told that they may not.</summary>
    public static int Spinners => Volatile.Read(ref _spinners);

    /// <summary>See <see cref="TransportLink.Patience"/>.</summary>
    public Func<TimeSpan, TimeSpan>? Patience
    {
        set => _patience = value;
    }

    /// <summary>See <see cref="TransportLink.SpinWhile"/>.</summary>
    public Func<bool>? SpinWhile
    {
        get => _spinWhile;
        set => _spinWhile = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    public override int Read(Span<byte> buffer)
    {
        TryRead(buffer, EndlessPatience, out int count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => _patience is { } patience ? ReadHere(buffer, patience, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void WriteByte(byte value) => Write([value]);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int sent = Socket.Send(buffer, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                WaitFor(SelectMode.SelectWrite, EndlessPatience);
            else if (error != SocketError.Success)
                throw Failure(error);
            buffer = buffer[sent..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);

        // Most of what is written fits the system's buffer: nothing asynchronous need ever be made for it.
        int sent = Socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
            return ValueTask.FromException(Failure(error));
        if (sent == buffer.Length)
            return default;
        return _staysOffPoller ? WriteBlocked(buffer[sent..], cancellationToken) : base.WriteAsync(buffer[sent..], cancellationToken);
    }

    /// <summary>Ends every read and write, blocking ones included, and lets the peer see the end. Safe from any thread, any number of times.</summary>
    public void Abort() => Shutdown(SocketShutdown.Both);

    /// <summary>Tells the peer that nothing more will come; reading goes on.</summary>
    public void HalfClose() => Shutdown(SocketShutdown.Send);

    private ValueTask<int> ReadHere(Memory<byte> buffer, Func<TimeSpan, TimeSpan> patience, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration abort = cancellationToken.UnsafeRegister(static self => ((SocketStream)self!).Abort(), this);
        try
        {
            if (TryRead(buffer.Span, patience, out int count))
                return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(count);
        }
        catch (Exception e)
        {
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromException<int>(e);
        }

        _patience = null;
        return base.ReadAsync(buffer, cancellationToken);
    }

    private ValueTask WriteBlocked(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken) => new BlockedWrite(
        () =>
        {
            using CancellationTokenRegistration abort = cancellationToken.UnsafeRegister(static self => ((SocketStream)self!).Abort(), this);
            Write(rest.Span);
        },
        e => cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken) : e as IOException ?? new IOException(e.Message, e)).Start();

    private bool TryRead(Span<byte> buffer, Func<TimeSpan, TimeSpan> patience, out int count)
    {
        count = 0;

        // A read that did not fill its buffer took all there was: asking again before waiting would be a system call for nothing.
        if (_isDrained && !WantsToSpin())
        {
            if (TrySpinByLuck(buffer, out count))
                return Drained(count, buffer.Length);
            if (!WaitFor(SelectMode.SelectRead, patience))
                return false;
        }

        while (!TryReceive(buffer, out count) && !TrySpinWhileWanted(buffer, out count))
        {
            if (!WaitFor(SelectMode.SelectRead, patience))
                return false;
        }

        return Drained(count, buffer.Length);
    }

    private bool Drained(int count, int length)
    {
        _isDrained = count < length || length == 0;
        return true;
    }

    // Peers that take their time would make every read wait in vain: after a few of those it is tried but now and then.
    private bool TrySpinByLuck(Span<byte> buffer, out int count)
    {
        count = 0;
        if (buffer.IsEmpty || (_luck <= 0 && ++_reads % TriesAgainAfter != 0))
            return false;
        bool received = TrySpin(buffer, static () => true, out count);
        _luck = received ? MostLuck : Math.Max(_luck - 1, 0);
        return received;
    }

    private bool TrySpinWhileWanted(Span<byte> buffer, out int count)
    {
        count = 0;
        return _spinWhile is { } wanted && wanted() && TrySpin(buffer, wanted, out count);
    }

    private bool WantsToSpin() => _spinWhile?.Invoke() == true;

    private bool TryReceive(Span<byte> buffer, out int count)
    {
        count = Socket.Receive(buffer, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => true,
            SocketError.WouldBlock => false,
            _ => throw Failure(error),
        };
    }

    private bool TrySpin(Span<byte> buffer, Func<bool> goesOn, out int count)
    {
        count = 0;
        bool received = false;
        try
        {
            if (Interlocked.Increment(ref _spinners) <= MostSpinners)
            {
                long start = Stopwatch.GetTimestamp();
                // Yields rather than pauses: a system wakes the peer on this very core, in the belief that whoever has just sent is about to sleep.
                do
                    Thread.Yield();
                while (!(received = TryReceive(buffer, out count)) && Stopwatch.GetTimestamp() - start < LongestSpin && goesOn());
            }
        }
        finally
        {
            // Also where the connection breaks meanwhile: the place is every connection's.
            Interlocked.Decrement(ref _spinners);
        }

        return received;
    }

    /// <summary>Blocks until it is time to try again; false where the patience has run out.</summary>
    private bool WaitFor(SelectMode what, Func<TimeSpan, TimeSpan> patience)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (patience(waited) is var more && more != TimeSpan.Zero)
        {
            bool isEndless = more == Timeout.InfiniteTimeSpan;
            if (OperatingSystem.IsWindows() && (isEndless || more > LongestSelect))
                (more, isEndless) = (LongestSelect, false);
            if (Socket.Poll(more, what) || isEndless || IsGone())
                return true;
            waited += more;
        }

        return false;
    }

    private bool IsGone() => OperatingSystem.IsWindows() && (Socket.Poll(0, SelectMode.SelectError) || !Socket.Connected);

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            Socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer or this side was faster: what was wanted has happened.
        }
    }

    private static IOException Failure(SocketError error)
    {
        var cause = new SocketException((int)error);
        return new IOException(cause.Message, cause);
    }
}
