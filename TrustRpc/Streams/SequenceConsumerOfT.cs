using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks.Sources;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>The user's side of a sequence of the peer's: one enumeration, awaited or blocking. Items are read a batch at a time into an array that is used again.</summary>
internal sealed class SequenceConsumer<T> : SequenceConsumer, IAsyncEnumerable<T>, IAsyncEnumerator<T>, IEnumerator<T>, IValueTaskSource<bool>
{
    private readonly JsonTypeInfo<T> _itemType;
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private ManualResetValueTaskSourceCore<bool> _core;
    private readonly CancellationToken _lifetime;
    private T[] _items = [];
    private int _count;
    private int _next;
    private int _begun;
    private T _current = default!;

    /// <param name="host">The connection; null where the sequence is complete.</param>
    /// <param name="token">What the producer calls it.</param>
    /// <param name="method">The method whose argument or result it is.</param>
    /// <param name="itemType">What the items are read as.</param>
    /// <param name="itemTimeout">How long an item may be waited for.</param>
    /// <param name="ended">Told once when no more will come.</param>
    /// <param name="lifetime">Ends the enumeration whenever it fires.</param>
    public SequenceConsumer(
        IStreamHost? host, long token, string method, JsonTypeInfo<T> itemType, TimeSpan itemTimeout, Action? ended, CancellationToken lifetime)
        : base(host, token, method, itemTimeout, ended)
    {
        _itemType = itemType;
        _lifetime = lifetime;
    }

    public T Current => _current;

    object? System.Collections.IEnumerator.Current => _current;

    /// <summary>Reads the items that came with the sequence itself; on an error the sequence is given up.</summary>
    public void ReadFirst(scoped ref Utf8JsonReader values)
    {
        try
        {
            _count = SequenceBatch.ReadItems(ref values, _itemType, ref _items);
        }
        catch
        {
            GiveUp(new InvalidOperationException("The sequence could not be read."));
            throw;
        }
    }

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Enumerate(cancellationToken);
        return this;
    }

    /// <summary>Begins the one enumeration. Each token ends it, and the consumer gets <see cref="OperationCanceledException"/> with the one that fired.</summary>
    /// <exception cref="InvalidOperationException">It has begun before.</exception>
    public void Enumerate(params ReadOnlySpan<CancellationToken> cancellationTokens)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException($"The sequence of '{Method}' can be enumerated once: its items come from the peer as they are asked for. Call again for another one.");
        }

        Attach(_lifetime);
        foreach (CancellationToken token in cancellationTokens)
        {
            Attach(token);
        }

        Begin(hasBatchInHand: _count > 0);
    }

    /// <summary>Gives the sequence up when the time is up.</summary>
    public void EndWith(StreamDeadline deadline)
        => _registrations.Add(deadline.Token.UnsafeRegister(static state =>
        {
            (SequenceConsumer<T> sequence, StreamDeadline deadline) = ((SequenceConsumer<T>, StreamDeadline))state!;
            sequence.GiveUp(deadline.Error);
        }, (this, deadline)));

    public ValueTask<bool> MoveNextAsync()
    {
        if (_next < _count && !IsStopped)
        {
            Advance();
            return new ValueTask<bool>(true);
        }

        return MoveToNextBatchAsync();
    }

    /// <summary>As <see cref="MoveNextAsync"/>, blocking the thread.</summary>
    public bool MoveNext()
    {
        if (_next < _count && !IsStopped)
        {
            Advance();
            return true;
        }

        BeginBlocking();
        bool pending;
        while (!TryTakeBatch(out pending))
        {
            if (!pending)
            {
                return false;
            }

            Block();
        }

        Advance();
        return true;
    }

    public void Reset() => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    public void Dispose()
    {
        foreach (CancellationTokenRegistration registration in _registrations)
        {
            registration.Unregister();
        }

        GiveUp(new InvalidOperationException($"The enumeration of '{Method}' is over: it was disposed."));
    }

    public bool GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    private protected override int Read(ReadOnlySpan<byte> json)
    {
        _next = 0;
        _count = 0;
        try
        {
            return _count = SequenceBatch.Read(json, _itemType, ref _items);
        }
        catch (Exception e) when (SequenceBatch.IsUnreadable(e))
        {
            throw new JsonException(SequenceBatch.Explain(json, _itemType, e), e);
        }
    }

    private protected override void Continue(bool hasItems, Exception? error)
    {
        if (error is not null)
        {
            _core.SetException(error);
            return;
        }

        if (hasItems)
        {
            Advance();
        }

        _core.SetResult(hasItems);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance()
    {
        ref T item = ref _items[_next++];
        _current = item;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            item = default!;
        }
    }

    private ValueTask<bool> MoveToNextBatchAsync()
    {
        // Before the consumer is known to wait: from then on another thread may complete it.
        _core.Reset();
        try
        {
            if (TryTakeBatch(out bool pending))
            {
                Advance();
                return new ValueTask<bool>(true);
            }

            return pending ? new ValueTask<bool>(this, _core.Version) : new ValueTask<bool>(false);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<bool>(e);
        }
    }

    private void Attach(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            // Weak: a token that outlives a sequence that is forgotten must not keep it open. Whoever waits for an item is held by the request for it.
            _registrations.Add(cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    if (((WeakReference<SequenceConsumer<T>>)state!).TryGetTarget(out SequenceConsumer<T>? sequence))
                    {
                        sequence.GiveUp(new OperationCanceledException(token));
                    }
                },
                new WeakReference<SequenceConsumer<T>>(this)));
        }
    }
}
