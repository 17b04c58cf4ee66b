using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Framing;

/// <summary>A frame being written: room for its header, then the body. Pooled by thread through <see cref="Rent"/>.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The writer only lends this buffer's memory; there is nothing to dispose of.")]
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    private const int InitialSize = 1024;
    private const int KeptSize = 16 * 1024;

    // Values come from serialisers that know what they write: the writer need not check it again. Depth counts from the envelope.
    private static readonly JsonWriterOptions JsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 63,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static FrameBuffer? _cached;

    private byte[] _array = GC.AllocateUninitializedArray<byte>(InitialSize);
    private int _count;
    private int _maxBody;
    private Utf8JsonWriter? _json;

    private FrameBuffer()
    {
    }

    /// <summary>Header and body; the header is valid after <see cref="Finish()"/>.</summary>
    public ReadOnlyMemory<byte> Frame => _array.AsMemory(0, _count);

    public int BodyLength => _count - FrameHeader.Size;

    /// <summary>A writer of one JSON value at the end of the body, to be flushed when the value is whole; the same object every time.</summary>
    public Utf8JsonWriter Json
    {
        get
        {
            if (_json is null)
            {
                _json = new Utf8JsonWriter(this, JsonOptions);
            }
            else
            {
                _json.Reset(this);
            }

            return _json;
        }
    }

    /// <summary>An empty frame, this thread's own where it is free: a converter of the user's may call in the middle of another frame.</summary>
    public static FrameBuffer Rent(int maxBody)
    {
        FrameBuffer buffer = _cached ?? new FrameBuffer();
        _cached = null;
        buffer._count = FrameHeader.Size;
        buffer._maxBody = maxBody;
        return buffer;
    }

    public void Return()
    {
        if (_array.Length > KeptSize)
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = GC.AllocateUninitializedArray<byte>(InitialSize);
        }

        _cached = this;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _count += bytes.Length;
    }

    public void Write(byte value)
    {
        GetSpan(1)[0] = value;
        _count++;
    }

    /// <summary>Forgets the body written so far, to write another one in its place.</summary>
    public void Restart() => _count = FrameHeader.Size;

    /// <summary>The body as far as a value got that could not be written to its end, for whoever explains that. What the frame is good for is <see cref="Restart"/> alone.</summary>
    public ReadOnlySpan<byte> WrittenSoFar()
    {
        try
        {
            _json?.Flush();
        }
        catch (FrameTooLargeException)
        {
            // Then without its end.
        }

        return _array.AsSpan(FrameHeader.Size, BodyLength);
    }

    /// <summary>Fills in the header.</summary>
    /// <exception cref="FrameTooLargeException">The body exceeds the limit agreed in the handshake.</exception>
    public void Finish() => Finish(bytesToCome: 0);

    /// <summary>Fills in the header of a frame whose body goes on elsewhere.</summary>
    /// <exception cref="FrameTooLargeException">The whole body exceeds the limit agreed in the handshake.</exception>
    public void Finish(int bytesToCome)
    {
        int length = BodyLength + bytesToCome;
        Debug.Assert(length > 0);
        ThrowIfTooLarge(length);
        FrameHeader.Write(_array, FrameHeader.Json, length);
    }

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _array.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _array.AsSpan(_count);
    }

    private void Grow(int sizeHint)
    {
        int needed = _count + Math.Max(sizeHint, 1);
        if (needed <= _array.Length)
        {
            return;
        }

        // What is already written counts, not the hint: writers ask for three times what a text may need.
        ThrowIfTooLarge(BodyLength);
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _array.Length));
        _array.AsSpan(0, _count).CopyTo(larger);
        if (_array.Length > KeptSize)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = larger;
    }

    private void ThrowIfTooLarge(int length)
    {
        if (length > _maxBody)
        {
            throw new FrameTooLargeException(_maxBody);
        }
    }
}
