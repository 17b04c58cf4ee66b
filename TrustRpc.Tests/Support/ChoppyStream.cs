namespace TrustRpc.Tests.Support;

/// <summary>
/// A stream that splits reads and writes at will and breaks where it is told to. Everything it delivers and passes on is unchanged but for the cuts.
/// </summary>
public class ChoppyStream(Stream inner) : Stream
{
    /// <summary>Given what a read asks for, how much it gets at most (at least 1); null = no cut.</summary>
    public Func<int, int>? ReadSize { get; init; }

    /// <summary>Given what a write holds, how much goes out in one piece (at least 1); null = no cut.</summary>
    public Func<int, int>? WriteSize { get; init; }

    /// <summary>Called before each read of the inner stream: a place to hold it up.</summary>
    public Func<CancellationToken, Task>? BeforeRead { get; init; }

    /// <summary>Called before each piece is written: a place to hold it up.</summary>
    public Func<CancellationToken, Task>? BeforeWrite { get; init; }

    /// <summary>Reads deliver this many bytes in all, then throw; null = never.</summary>
    public long? BreakAfterRead { get; init; }

    /// <summary>Writes pass on this many bytes in all, then throw; null = never.</summary>
    public long? BreakAfterWritten { get; init; }

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public int ReadCalls { get; private set; }

    public int WriteCalls { get; private set; }

    /// <summary>The largest buffer that a read was asked to fill.</summary>
    public int LargestRead { get; private set; }

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>One byte a read, one byte a write.</summary>
    public static ChoppyStream OneByteAtATime(Stream inner) => new(inner) { ReadSize = _ => 1, WriteSize = _ => 1 };

    /// <summary>Pieces of random size up to <paramref name="largest"/>, the same for the same seed.</summary>
    public static ChoppyStream Random(Stream inner, int seed, int largest = 64)
    {
        Random reads = new(seed);
        Random writes = new(seed ^ 0x5bd1e995);
        return new(inner) { ReadSize = _ => reads.Next(1, largest + 1), WriteSize = _ => writes.Next(1, largest + 1) };
    }

    /// <summary>No read goes across <paramref name="offset"/>: what was sent arrives in two parts.</summary>
    public static ChoppyStream SplitAt(Stream inner, long offset)
    {
        ChoppyStream? stream = null;
        stream = new(inner) { ReadSize = wanted => stream!.BytesRead < offset ? (int)Math.Min(wanted, offset - stream.BytesRead) : wanted };
        return stream;
    }

    public override int Read(Span<byte> buffer)
    {
        ReadCalls++;
        LargestRead = Math.Max(LargestRead, buffer.Length);
        BeforeRead?.Invoke(CancellationToken.None).GetAwaiter().GetResult();
        int read = inner.Read(buffer[..ReadLength(buffer.Length)]);
        BytesRead += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadCalls++;
        LargestRead = Math.Max(LargestRead, buffer.Length);
        if (BeforeRead is not null) await BeforeRead(cancellationToken).ConfigureAwait(false);
        int read = await inner.ReadAsync(buffer[..ReadLength(buffer.Length)], cancellationToken).ConfigureAwait(false);
        BytesRead += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        WriteCalls++;
        do
        {
            BeforeWrite?.Invoke(CancellationToken.None).GetAwaiter().GetResult();
            int piece = WriteLength(buffer.Length);
            inner.Write(buffer[..piece]);
            BytesWritten += piece;
            buffer = buffer[piece..];
        }
        while (!buffer.IsEmpty);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        WriteCalls++;
        do
        {
            if (BeforeWrite is not null) await BeforeWrite(cancellationToken).ConfigureAwait(false);
            int piece = WriteLength(buffer.Length);
            await inner.WriteAsync(buffer[..piece], cancellationToken).ConfigureAwait(false);
            BytesWritten += piece;
            buffer = buffer[piece..];
        }
        while (!buffer.IsEmpty);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !IsDisposed)
        {
            IsDisposed = true;
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadLength(int wanted)
    {
        int size = wanted == 0 ? 0 : Math.Clamp(ReadSize?.Invoke(wanted) ?? wanted, 1, wanted);
        return Limit(size, BreakAfterRead, BytesRead);
    }

    private int WriteLength(int wanted)
    {
        int size = wanted == 0 ? 0 : Math.Clamp(WriteSize?.Invoke(wanted) ?? wanted, 1, wanted);
        return Limit(size, BreakAfterWritten, BytesWritten);
    }

    private static int Limit(int size, long? breakAfter, long soFar)
    {
        if (breakAfter is not { } last || size == 0) return size;
        if (soFar >= last) throw new IOException("The stream broke, as it was told to.");
        return (int)Math.Min(size, last - soFar);
    }
}
