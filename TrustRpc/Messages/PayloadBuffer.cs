using System.Buffers;

namespace TrustRpc.Messages;

/// <summary>A copy of the bytes that a call must keep when the reader goes on; small ones stay with their pooled owner, large ones are returned.</summary>
internal struct PayloadBuffer
{
    private const int KeptSize = 512;

    private byte[]? _array;
    private int _count;

    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(0, _count);

    public void Set(ReadOnlySpan<byte> bytes)
    {
        if (_array is null || _array.Length < bytes.Length)
        {
            Clear();
            _array = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length, 128));
        }

        bytes.CopyTo(_array);
        _count = bytes.Length;
    }

    public void Clear()
    {
        _count = 0;
        if (_array is { Length: > KeptSize } large)
        {
            _array = null;
            ArrayPool<byte>.Shared.Return(large);
        }
    }
}
