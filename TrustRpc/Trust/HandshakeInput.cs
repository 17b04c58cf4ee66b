using System.Buffers;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>Reads handshake frames from a byte stream into a small pooled buffer, which grows only for a body whose length was found sound.</summary>
internal sealed class HandshakeInput : IDisposable
{
    /// <summary>Enough for a usual hello and its proof at once.</summary>
    public const int FirstSize = 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;

    /// <summary>What was read beyond the frames taken.</summary>
    public ReadOnlySpan<byte> Surplus => _buffer.AsSpan(_start, _end - _start);

    public void ClearSurplus() => _start = _end = 0;

    /// <summary>Reads one frame and hands it to the handshake, or tells it what came instead.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="ahead">Whether it may read on beyond the frame; the surplus belongs to the next layer.</param>
    /// <param name="handshake">Takes the body.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask ReadFrameAsync(Stream stream, bool ahead, Handshake handshake, CancellationToken cancellationToken)
    {
        if (!await FillAsync(stream, FrameHeader.Size, ahead, cancellationToken).ConfigureAwait(false))
        {
            handshake.PeerLeft();
            return;
        }

        (byte kind, int length) = FrameHeader.Read(Surplus);
        if (kind != FrameHeader.Json || length is 0 or > Handshake.LargestBody)
        {
            handshake.ReceiveNoFrame();
            return;
        }

        if (!await FillAsync(stream, FrameHeader.Size + length, ahead, cancellationToken).ConfigureAwait(false))
        {
            handshake.PeerLeft();
            return;
        }

        handshake.Receive(Surplus.Slice(FrameHeader.Size, length));
        _start += FrameHeader.Size + length;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <returns>False at the end of the stream.</returns>
    private async ValueTask<bool> FillAsync(Stream stream, int needed, bool ahead, CancellationToken cancellationToken)
    {
        while (_end - _start < needed)
        {
            MakeRoom(needed);
            Memory<byte> space = _buffer.AsMemory(_end, ahead ? _buffer.Length - _end : needed - (_end - _start));
            int read = await stream.ReadAsync(space, cancellationToken).ConfigureAwait(false);
            if (read == 0) return false;
            _end += read;
        }

        return true;
    }

    private void MakeRoom(int needed)
    {
        if (_buffer.Length - _start >= needed) return;
        byte[] target = _buffer.Length >= needed ? _buffer : ArrayPool<byte>.Shared.Rent(needed);
        Surplus.CopyTo(target);
        (_start, _end) = (0, _end - _start);
        if (target == _buffer) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
    }
}
