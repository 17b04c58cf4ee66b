namespace TrustRpc.Tests.Support;

/// <summary>A stream whose reads bring what a script says, one part each and then the end, and whose writes are kept, each held up as long as the test likes.</summary>
internal sealed class ScriptedStream(params byte[][] parts) : Stream
{
    private readonly Queue<byte[]> _parts = new(parts);
    private int _writing;

    /// <summary>How many bytes each read asked for.</summary>
    public List<int> Asked { get; } = [];

    public List<byte[]> Writes { get; } = [];

    /// <summary>What each write waits for; null = nothing.</summary>
    public Func<Task>? Gate { get; set; }

    /// <summary>Threads that a write was made on.</summary>
    public List<int> Threads { get; } = [];

    public byte[] Written => [.. Writes.SelectMany(write => write)];

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        Asked.Add(buffer.Length);
        if (!_parts.TryDequeue(out byte[]? part)) return 0;
        Assert.True(part.Length <= buffer.Length, $"A part of {part.Length} bytes does not fit a read of {buffer.Length}.");
        part.CopyTo(buffer);
        return part.Length;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Assert.Equal(1, Interlocked.Increment(ref _writing));
        lock (Writes)
        {
            Writes.Add(buffer.ToArray());
            Threads.Add(Environment.CurrentManagedThreadId);
        }

        if (Gate is { } gate) await gate().ConfigureAwait(false);
        Interlocked.Decrement(ref _writing);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
