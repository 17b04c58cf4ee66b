namespace TrustRpc.Tests.Support;

/// <summary>One direction of a <see cref="DuplexPair"/>: a ring of bytes that grows up to its capacity.</summary>
internal sealed class BytePipe(int capacity)
{
    private readonly object _gate = new();
    private byte[] _ring = new byte[256];
    private int _head;
    private int _count;
    private bool _completed;
    private bool _held;
    private Exception? _failure;
    private TaskCompletionSource? _changed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public void Complete() => Change(() => _completed = true);

    /// <summary>Delivers nothing any more, as if the cable were cut: neither bytes nor the end.</summary>
    public void Hold() => Change(() => _held = true);

    /// <summary>Ends what the reader gets here, as a proxy does that closes one side: what had been written is lost, and writing fails.</summary>
    public void Cut() => Change(() => (_completed, _count) = (true, 0));

    public void Fail(Exception failure) => Change(() => _failure ??= failure);

    public int Read(Span<byte> destination)
    {
        lock (_gate)
        {
            int read;
            while (!TryRead(destination, out read))
                Monitor.Wait(_gate);
            return read;
        }
    }

    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        lock (_gate)
        {
            try
            {
                if (TryRead(destination.Span, out int read)) return ValueTask.FromResult(read);
            }
            catch (IOException failure)
            {
                return ValueTask.FromException<int>(failure);
            }
        }

        return ReadSlowly(destination, cancellationToken);
    }

    public void Write(ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            while (!TryWrite(ref source))
                Monitor.Wait(_gate);
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        lock (_gate)
        {
            try
            {
                ReadOnlySpan<byte> rest = source.Span;
                if (TryWrite(ref rest)) return ValueTask.CompletedTask;
                source = source[^rest.Length..];
            }
            catch (IOException failure)
            {
                return ValueTask.FromException(failure);
            }
        }

        return WriteSlowly(source, cancellationToken);
    }

    private async ValueTask<int> ReadSlowly(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (TryRead(destination.Span, out int read)) return read;
                changed = Changed();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteSlowly(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                ReadOnlySpan<byte> rest = source.Span;
                if (TryWrite(ref rest)) return;
                source = source[^rest.Length..];
                changed = Changed();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool TryRead(Span<byte> destination, out int read)
    {
        read = 0;
        if (_failure is not null) throw new IOException(_failure.Message, _failure);
        if (_held) return false;
        read = Math.Min(destination.Length, _count);
        if (read == 0) return destination.Length == 0 ? _count > 0 || _completed : _completed;
        int first = Math.Min(read, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(destination);
        _ring.AsSpan(0, read - first).CopyTo(destination[first..]);
        _count -= read;
        _head = _count == 0 ? 0 : (_head + read) % _ring.Length;
        Signal();
        return true;
    }

    private bool TryWrite(ref ReadOnlySpan<byte> source)
    {
        if (_failure is not null) throw new IOException(_failure.Message, _failure);
        if (_completed) throw new IOException("The stream was closed for writing.");
        int taken = Math.Min(source.Length, capacity - _count);
        if (taken > 0)
        {
            Append(source[..taken]);
            source = source[taken..];
            Signal();
        }

        return source.IsEmpty;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _ring.Length) Grow(_count + bytes.Length);
        int tail = (_head + _count) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _count += bytes.Length;
    }

    private void Grow(int needed)
    {
        byte[] larger = new byte[Math.Max(needed, _ring.Length * 2)];
        int first = Math.Min(_count, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(larger);
        _ring.AsSpan(0, _count - first).CopyTo(larger.AsSpan(first));
        (_ring, _head) = (larger, 0);
    }

    private Task Changed() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            Signal();
        }
    }

    private void Signal()
    {
        Monitor.PulseAll(_gate);
        _changed?.TrySetResult();
        _changed = null;
    }
}
