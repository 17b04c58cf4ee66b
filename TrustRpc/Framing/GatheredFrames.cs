using System.Buffers;

namespace TrustRpc.Framing;

/// <summary>
/// Frames one behind the other in a pooled buffer, which is there only while there are any. They are no more than an array holds, which <see cref="OutputQueue"/> sees to: so no sum here overflows.
/// Not thread-safe, but for <see cref="Count"/>.
/// </summary>
internal struct GatheredFrames
{
    private const int InitialSize = 1024;

    private byte[]? _bytes;
    private int _count;

    /// <summary>Bytes. Thread-safe.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a frame, or a part of the last one.</summary>
    public void Append(ReadOnlySpan<byte> frame)
    {
        int needed = _count + frame.Length;
        if (_bytes is null || needed > _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(InitialSize, needed), (int)Math.Min(2L * _count, Array.MaxLength)));
            if (_bytes is { } bytes)
            {
                bytes.AsSpan(0, _count).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(bytes);
            }

            _bytes = larger;
        }

        frame.CopyTo(_bytes.AsSpan(_count));
        _count = needed;
    }

    /// <summary>Hands all over; whoever takes the buffer returns it to the pool.</summary>
    public byte[]? Take(out int count)
    {
        byte[]? bytes = _bytes;
        count = _count;
        _bytes = null;
        _count = 0;
        return bytes;
    }

    /// <summary>Drops all.</summary>
    public void Clear()
    {
        if (Take(out _) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Removes the frame whose body begins so; false where there is none.</summary>
    public bool TryRemove(ReadOnlySpan<byte> start)
    {
        if (!TryFind(start, out int at))
        {
            return false;
        }

        int end = EndOf(at);
        _bytes.AsSpan(end, _count - end).CopyTo(_bytes.AsSpan(at));
        _count -= end - at;
        return true;
    }

    private readonly bool TryFind(ReadOnlySpan<byte> start, out int at)
    {
        at = 0;
        while (at < _count)
        {
            if (_bytes.AsSpan(at + FrameHeader.Size, _count - at - FrameHeader.Size).StartsWith(start))
            {
                return true;
            }

            at = EndOf(at);
        }

        return false;
    }

    private readonly int EndOf(int at) => at + FrameHeader.Size + FrameHeader.Read(_bytes.AsSpan(at)).Length;
}
