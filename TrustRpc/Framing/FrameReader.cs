using System.Buffers;

namespace TrustRpc.Framing;

/// <summary>
/// Takes frames out of a byte stream: reads whatever has arrived, hands out every complete frame, then reads again. One reader at a time.
/// </summary>
/// <remarks>
/// Between bursts it waits with a buffer of <see cref="IdleSize"/> bytes of its own; a larger one is rented while bytes keep coming, and grows with
/// what has really arrived, never by what a header promises alone.
/// </remarks>
internal sealed class FrameReader(Stream stream, int maxBody) : IDisposable
{
    private const int IdleSize = 512;
    private const int BusySize = 64 * 1024;

    private readonly byte[] _idle = new byte[IdleSize];
    private byte[]? _rented;
    private int _start;
    private int _end;
    private bool _filled;

    private byte[] Buffer => _rented ?? _idle;

    /// <summary>True where the end of the stream came inside a frame.</summary>
    public bool HasPartialFrame => _end > _start;

    /// <summary>The next complete frame's body, valid until the next read; false = more bytes are needed.</summary>
    /// <exception cref="FrameException">The header must be refused.</exception>
    public bool TryTake(out ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> available = Buffer.AsSpan(_start, _end - _start);
        if (available.Length >= FrameHeader.Size)
        {
            int length = FrameHeader.ReadJsonLength(available, maxBody);
            if (length < 0)
            {
                throw new FrameException($"A frame must be of kind 0 and hold 1 to {maxBody} bytes.");
            }

            if (available.Length - FrameHeader.Size >= length)
            {
                body = available.Slice(FrameHeader.Size, length);
                _start += FrameHeader.Size + length;
                return true;
            }
        }

        body = default;
        return false;
    }

    /// <summary>Reads what has arrived, waiting for at least a byte; 0 at the end of the stream. All complete frames must have been taken.</summary>
    public ValueTask<int> ReadAsync(CancellationToken cancellationToken = default) => stream.ReadAsync(Prepare(), cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, blocking the thread.</summary>
    public int Read() => stream.Read(Prepare().Span);

    /// <summary>Counts in what a read has brought.</summary>
    public void Received(int count)
    {
        _end += count;
        _filled = _end == Buffer.Length;
    }

    public void Dispose()
    {
        _start = _end = 0;
        Return();
    }

    private Memory<byte> Prepare()
    {
        int rest = _end - _start;
        if (rest == 0 && !_filled && _end <= IdleSize)
        {
            Return();
        }
        else if (_filled || rest > 0)
        {
            MakeRoom(rest);
        }

        if (rest == 0)
        {
            _start = _end = 0;
        }

        return Buffer.AsMemory(_end);
    }

    // A buffer that was filled, or holds part of a frame, is followed by a larger one: at most twice what has arrived.
    private void MakeRoom(int rest)
    {
        byte[] from = Buffer;
        int size = Math.Max(BusySize, 2 * rest);
        if (size > from.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(size);
            from.AsSpan(_start, rest).CopyTo(larger);
            Return();
            _rented = larger;
        }
        else if (_start > 0)
        {
            from.AsSpan(_start, rest).CopyTo(from);
        }

        _start = 0;
        _end = rest;
    }

    private void Return()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
