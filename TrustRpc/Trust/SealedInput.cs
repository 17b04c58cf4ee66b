using System.Buffers;

namespace TrustRpc.Trust;

/// <summary>
/// Turns the bytes of records that arrive in any pieces into data. Pure: whoever owns it does the reading. While nothing is under way it holds a few
/// hundred bytes; more is borrowed when more is on its way, and given back as soon as it is drained. Not thread-safe.
/// </summary>
internal sealed class SealedInput : IDisposable
{
    /// <summary>Enough for a short message in one read, little enough for ten thousand idle connections.</summary>
    public const int IdleSize = 512;

    /// <summary>What is borrowed at least, and what a caller's buffer has to hold for the stream to wait with as much.</summary>
    public const int BusySize = 32 * 1024;

    private readonly RecordOpener _opener;
    private readonly byte[] _idle = GC.AllocateUninitializedArray<byte>(IdleSize);
    private byte[]? _borrowed;
    private int _start;
    private int _end;
    private int _openedStart;
    private int _openedEnd;
    private int _awaited;
    private bool _spaceWasFilled;
    private IOException? _failure;

    /// <param name="opener">Owned by the input.</param>
    /// <param name="arrived">What has arrived already.</param>
    public SealedInput(RecordOpener opener, ReadOnlySpan<byte> arrived)
    {
        _opener = opener;
        if (arrived.Length > IdleSize) _borrowed = ArrayPool<byte>.Shared.Rent(arrived.Length);
        arrived.CopyTo(Buffer);
        _end = arrived.Length;
    }

    /// <summary>Whether the peer's close record has arrived.</summary>
    public bool IsClosed => _opener.IsClosed;

    /// <summary>Whether more than the idle buffer is held.</summary>
    public bool IsHoldingMore => _borrowed is not null;

    private byte[] Buffer => _borrowed ?? _idle;

    private bool HasOpened => _openedStart < _openedEnd;

    /// <summary>Takes data of the records that are here, as much as fits.</summary>
    /// <returns>False where more bytes have to arrive first. True with nothing read is the end, or for an empty destination that something is there.</returns>
    /// <exception cref="IOException">A record does not open; what stood before it was delivered.</exception>
    public bool TryRead(Span<byte> destination, out int read)
    {
        read = TakeOpened(destination);
        try
        {
            while (!HasOpened && (read == 0 || read < destination.Length) && TryFindRecord(out int dataLength))
                read += Open(dataLength, destination[read..]);
        }
        catch (IOException failure)
        {
            _failure = failure;
        }

        bool hasOpened = HasOpened;
        ReleaseIfDrained();
        if (read > 0 || hasOpened) return true;
        if (_failure is not null) throw _failure;
        return IsClosed;
    }

    /// <summary>Where the next bytes go. Nothing but <see cref="Arrived"/> may be called in between.</summary>
    /// <param name="wanted">How much the caller would take.</param>
    public Memory<byte> GetSpace(int wanted)
    {
        int pending = _end - _start;
        int needed = Math.Max(_awaited, pending + 1);
        bool wantsMore = needed > IdleSize || (pending > 0 && _spaceWasFilled) || wanted >= BusySize;
        if (wantsMore && Buffer.Length < Math.Max(needed, BusySize))
            Borrow(needed);
        else if (_start > 0 && Buffer.Length - _start < Math.Max(needed, Buffer.Length / 2))
            MovePending(Buffer);
        return Buffer.AsMemory(_end);
    }

    /// <exception cref="IOException">The end of the stream, where a record has to be.</exception>
    public void Arrived(int count)
    {
        if (count == 0)
            throw _failure = new EndOfStreamException("The sealed stream ended without a close record: the peer is gone, or someone cut the connection.");
        _end += count;
        _spaceWasFilled = _end == Buffer.Length;
    }

    public void Dispose()
    {
        if (_borrowed is not null) ArrayPool<byte>.Shared.Return(_borrowed, clearArray: true);
        _borrowed = null;
        _opener.Dispose();
    }

    private int TakeOpened(Span<byte> destination)
    {
        int taken = Math.Min(destination.Length, _openedEnd - _openedStart);
        Buffer.AsSpan(_openedStart, taken).CopyTo(destination);
        _openedStart += taken;
        return taken;
    }

    private bool TryFindRecord(out int dataLength)
    {
        dataLength = 0;
        _awaited = Records.HeaderSize;
        if (IsClosed && _start < _end) throw RecordOpener.Broken();
        if (_failure is not null || _end - _start < Records.HeaderSize) return false;
        dataLength = _opener.ReadHeader(Buffer.AsSpan(_start, Records.HeaderSize));
        _awaited = dataLength + Records.Overhead;
        return _awaited <= _end - _start;
    }

    /// <summary>Opens the record straight into the destination where it fits, else in its own place, to be taken from there.</summary>
    private int Open(int dataLength, Span<byte> destination)
    {
        Span<byte> record = Buffer.AsSpan(_start, dataLength + Records.Overhead);
        bool fits = dataLength <= destination.Length;
        _opener.Open(record, fits ? destination[..dataLength] : record.Slice(Records.HeaderSize, dataLength));
        int place = _start + Records.HeaderSize;
        _start += record.Length;
        if (fits) return dataLength;
        (_openedStart, _openedEnd) = (place, place + dataLength);
        return TakeOpened(destination);
    }

    private void ReleaseIfDrained()
    {
        if (_start < _end || HasOpened) return;
        _start = _end = _openedStart = _openedEnd = 0;
        if (_borrowed is null) return;
        ArrayPool<byte>.Shared.Return(_borrowed);
        _borrowed = null;
    }

    private void Borrow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, BusySize));
        byte[]? former = _borrowed;
        MovePending(larger);
        _borrowed = larger;
        if (former is not null) ArrayPool<byte>.Shared.Return(former);
    }

    /// <summary>Only ever called when nothing opened waits to be taken.</summary>
    private void MovePending(byte[] target)
    {
        Buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_start, _end) = (0, _end - _start);
    }
}
