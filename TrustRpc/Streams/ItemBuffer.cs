using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;

namespace TrustRpc.Streams;

/// <summary>
/// The items that a producer has made and nobody has taken, as JSON with commas between. The producer writes an item behind those that are kept, without the lock, and
/// then keeps it under the lock; whoever sends takes what is kept under the lock.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The writer only lends this buffer's memory; there is nothing to dispose of.")]
internal sealed class ItemBuffer(Lock gate, int maxItems, int maxBytes, int maxItem) : IBufferWriter<byte>
{
    private const int InitialSize = 512;

    private static readonly JsonWriterOptions s_jsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 60,
        SkipValidation = true,
    };

    private byte[]? _array;
    private int _start;
    private int _end;
    private int _item;
    private int _written;
    private int _count;
    private bool _hasOverhang;
    private Utf8JsonWriter? _json;

    /// <summary>Items kept.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>True where the next item has no room before these are taken.</summary>
    public bool IsFull => Count >= maxItems || _hasOverhang || (Count > 0 && _end - _start >= maxBytes);

    /// <summary>Writes an item behind those that are kept. Runs user code; without the lock.</summary>
    /// <exception cref="FrameTooLargeException">The item exceeds what a frame can hold.</exception>
    public void Write<T>(T item, JsonTypeInfo<T> type)
    {
        // Nobody but this thread adds: where all has been taken, it stays so until the item is kept.
        _item = Count == 0 ? 0 : _end + 1;
        _written = 0;
        Utf8JsonWriter json = Json();
        if (typeof(T) == typeof(string))
        {
            json.WriteStringValue((string?)(object?)item);
        }
        else if (typeof(T) == typeof(int))
        {
            json.WriteNumberValue((int)(object)item!);
        }
        else
        {
            JsonSerializer.Serialize(json, item, type);
        }

        json.Flush();
        if (_written > maxItem)
        {
            throw new FrameTooLargeException(maxItem);
        }
    }

    /// <summary>An item as far as it got that could not be written to its end.</summary>
    public ReadOnlySpan<byte> WrittenSoFar()
    {
        _json?.Flush();
        return _array.AsSpan(_item, _written);
    }

    /// <summary>Keeps the item just written; one that would make the batch too large is kept when the batch has been taken. Under the lock.</summary>
    public void Keep()
    {
        Debug.Assert(!_hasOverhang);
        byte[] array = _array!;
        if (_count > 0 && _item - _start + _written > maxBytes)
        {
            _hasOverhang = true;
            return;
        }

        if (_count > 0)
        {
            array[_end] = (byte)',';
        }
        else
        {
            MoveToFront(array);
        }

        _end = _item + _written;
        _count++;
    }

    /// <summary>All items that are kept. Under the lock.</summary>
    public ReadOnlySpan<byte> Kept => Count == 0 ? default : _array.AsSpan(_start, _end - _start);

    /// <summary>True where an item waits for these to be taken.</summary>
    public bool HasMore => _hasOverhang;

    /// <summary>Forgets the items that are kept, because they have been taken. Under the lock.</summary>
    public void Taken()
    {
        Forget();
        if (_hasOverhang)
        {
            _hasOverhang = false;
            Keep();
        }
    }

    /// <summary>Gives the memory back. Under the lock, and not while an item is being written.</summary>
    public void Clear()
    {
        Forget();
        _hasOverhang = false;
        _start = _end = 0;
        if (_array is { } array)
        {
            _array = null;
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _array.AsMemory(_item + _written);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void Forget()
    {
        _start = _end;
        Volatile.Write(ref _count, 0);
    }

    private void MoveToFront(byte[] array)
    {
        if (_item > 0)
        {
            array.AsSpan(_item, _written).CopyTo(array);
        }

        _start = _item = 0;
    }

    private Utf8JsonWriter Json()
    {
        if (_json is null)
        {
            _json = new Utf8JsonWriter(this, s_jsonOptions);
        }
        else
        {
            _json.Reset();
        }

        return _json;
    }

    // Someone may be copying out of the old array: the lock waits for that.
    private void Grow(int sizeHint)
    {
        int needed = _item + _written + Math.Max(sizeHint, 1);
        if (_array is { } enough && needed <= enough.Length)
        {
            return;
        }

        if (_written > maxItem)
        {
            throw new FrameTooLargeException(maxItem);
        }

        lock (gate)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialSize, Math.Max(needed, 2 * (_array?.Length ?? 0))));
            if (_array is { } array)
            {
                array.AsSpan(0, Math.Min(array.Length, _item + _written)).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(array);
            }

            _array = larger;
        }
    }
}
