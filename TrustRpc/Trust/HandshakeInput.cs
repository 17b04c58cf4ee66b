using System.Buffers;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>
/// Cuts handshake frames out of the bytes that arrive, in a small pooled buffer that grows only for a body whose length was found sound. Pure: whoever
/// owns it does the reading.
/// </summary>
internal sealed class HandshakeInput : IDisposable
{
    /// <summary>Enough for a usual hello and its proof at once.</summary>
    public const int FirstSize = 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;
    private int _needed = FrameHeader.Size;

    // The length of the body whose header has been taken; 0 = a header comes next.
    private int _body;

    /// <summary>What was read beyond the frames taken.</summary>
    public ReadOnlySpan<byte> Surplus => _buffer.AsSpan(_start, _end - _start);

    public void ClearSurplus() => _start = _end = 0;

    public int TakeSurplus(Span<byte> destination)
    {
        int taken = Math.Min(destination.Length, Surplus.Length);
        Surplus[..taken].CopyTo(destination);
        _start += taken;
        return taken;
    }

    /// <summary>Hands the next frame to the handshake, or tells it what came instead; false where more bytes have to arrive first.</summary>
    public bool TryTakeFrame(Handshake handshake)
    {
        if (_body == 0)
        {
            _needed = FrameHeader.Size;
            if (Surplus.Length < _needed) return false;
            (byte kind, int length) = FrameHeader.Read(Surplus);
            if (kind != FrameHeader.Json || length is 0 or > Handshake.LargestBody)
            {
                handshake.ReceiveNoFrame();
                return true;
            }

            // Apart from its body, for which alone there must be room: the largest one fills a buffer of its size.
            _start += FrameHeader.Size;
            _body = length;
        }

        _needed = _body;
        if (Surplus.Length < _body) return false;
        handshake.Receive(Surplus[.._body]);
        _start += _body;
        _body = 0;
        return true;
    }

    /// <summary>Where the next bytes go. Nothing but <see cref="Arrived"/> may be called in between.</summary>
    /// <param name="ahead">Whether they may reach beyond the frame; the surplus belongs to the next layer.</param>
    public Memory<byte> GetSpace(bool ahead)
    {
        if (_buffer.Length - _start < _needed) MakeRoom();
        return ahead ? _buffer.AsMemory(_end) : _buffer.AsMemory(_end, _needed - Surplus.Length);
    }

    /// <exception cref="EndOfStreamException">Nothing has: the peer left.</exception>
    public void Arrived(int count)
    {
        if (count == 0) throw new EndOfStreamException("The stream ended inside the handshake.");
        _end += count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void MakeRoom()
    {
        byte[] target = _buffer.Length >= _needed ? _buffer : ArrayPool<byte>.Shared.Rent(_needed);
        Surplus.CopyTo(target);
        (_start, _end) = (0, _end - _start);
        if (target == _buffer) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
    }
}
