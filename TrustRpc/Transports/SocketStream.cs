using System.Diagnostics;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>
/// A socket as a stream whose synchronous reads block in the kernel on the calling thread: they need neither a pool thread nor the thread on
/// which the runtime waits for sockets, even while other threads write asynchronously. One reader and one writer at a time.
/// </summary>
internal sealed class SocketStream : NetworkStream
{
    // At most half the cores spin, so that whoever is waited for has one to run on; on a single core nobody does.
    private static readonly int MostSpinners = Environment.ProcessorCount / 2;
    private static readonly long LongestSpin = Stopwatch.Frequency / 20_000;
    private static int _spinners;

    private readonly bool _blocksReader;
    private volatile Func<bool>? _spinWhile;
    private bool _isDrained;

    /// <summary>Takes the connected socket over. <paramref name="blocksReader"/>: see <see cref="TransportOptions.HasReaderThread"/>.</summary>
    public SocketStream(Socket socket, bool blocksReader = false)
        : base(socket, ownsSocket: true)
    {
        socket.Blocking = false; // After the base constructor, which insists on a blocking socket.
        _blocksReader = blocksReader;
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
        // A read that did not fill its buffer took all there was: asking again before waiting would be a system call for nothing.
        if (_isDrained && !WantsToSpin())
            WaitFor(SelectMode.SelectRead);
        int count;
        while (!TryReceive(buffer, out count) && !(WantsToSpin() && TrySpin(buffer, out count)))
            WaitFor(SelectMode.SelectRead);
        _isDrained = count < buffer.Length || buffer.IsEmpty;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => _blocksReader ? ReadHere(buffer.Span, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

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
                WaitFor(SelectMode.SelectWrite);
            else if (error != SocketError.Success)
                throw Failure(error);
            buffer = buffer[sent..];
        }
    }

    /// <summary>Ends every read and write, blocking ones included, and lets the peer see the end. Safe from any thread, any number of times.</summary>
    public void Abort() => Shutdown(SocketShutdown.Both);

    /// <summary>Tells the peer that nothing more will come; reading goes on.</summary>
    public void HalfClose() => Shutdown(SocketShutdown.Send);

    private ValueTask<int> ReadHere(Span<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration abort = cancellationToken.UnsafeRegister(static self => ((SocketStream)self!).Abort(), this);
        try
        {
            int count = Read(buffer);
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(count);
        }
        catch (Exception e)
        {
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromException<int>(e);
        }
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

    private bool TrySpin(Span<byte> buffer, out int count)
    {
        count = 0;
        bool received = false;
        if (Interlocked.Increment(ref _spinners) <= MostSpinners)
        {
            long start = Stopwatch.GetTimestamp();
            do
                Thread.SpinWait(20);
            while (!(received = TryReceive(buffer, out count)) && Stopwatch.GetTimestamp() - start < LongestSpin && WantsToSpin());
        }

        Interlocked.Decrement(ref _spinners);
        return received;
    }

    private void WaitFor(SelectMode what)
    {
        if (!OperatingSystem.IsWindows())
            Socket.Poll(-1, what);
        else
            WaitInSlices(what);
    }

    /// <summary>On Windows a shutdown by this side does not reliably end its own select, so the wait looks up now and then.</summary>
    private void WaitInSlices(SelectMode what)
    {
        const int OneSecond = 1_000_000;
        while (!Socket.Poll(OneSecond, what) && !Socket.Poll(0, SelectMode.SelectError) && Socket.Connected)
        {
        }
    }

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
