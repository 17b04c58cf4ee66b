namespace TrustRpc.Trust;

/// <summary>A plain stream of which the handshake has read a little too much: that comes first, then the stream itself.</summary>
internal sealed class SurplusStream(Stream inner, ReadOnlyMemory<byte> surplus) : ByteStream
{
    private ReadOnlyMemory<byte> _surplus = surplus;

    public override int Read(Span<byte> buffer) => _surplus.IsEmpty ? inner.Read(buffer) : TakeSurplus(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_surplus.IsEmpty) return inner.ReadAsync(buffer, cancellationToken);
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(TakeSurplus(buffer.Span));
    }

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    private int TakeSurplus(Span<byte> buffer)
    {
        int taken = Math.Min(buffer.Length, _surplus.Length);
        _surplus.Span[..taken].CopyTo(buffer);

        // Nothing keeps the handshake's buffer alive once it is used up.
        _surplus = taken == _surplus.Length ? default : _surplus[taken..];
        return taken;
    }
}
