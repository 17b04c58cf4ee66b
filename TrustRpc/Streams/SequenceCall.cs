using System.Collections;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>A call whose result is a sequence, made when its enumeration begins; awaited or blocking, once.</summary>
internal sealed class SequenceCall<T>(RpcCaller caller, string method, object?[] positional, object? named, CallSettings settings, CancellationToken cancellationToken, TimeSpan? whole = null)
    : IAsyncEnumerable<T>, IAsyncEnumerator<T>, IEnumerable<T>, IEnumerator<T>
{
    private SequenceConsumer<T>? _sequence;
    private CancellationToken _enumeration;
    private StreamDeadline? _deadline;
    private int _begun;

    public T Current => _sequence is null ? default! : _sequence.Current;

    object? IEnumerator.Current => Current;

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Begin();
        _enumeration = cancellationToken;
        return this;
    }

    public ValueTask<bool> MoveNextAsync() => _sequence is { } sequence ? sequence.MoveNextAsync() : OpenAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    public IEnumerator<T> GetEnumerator()
    {
        Begin();
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext()
    {
        if (_sequence is null)
        {
            Open();
        }

        return _sequence!.MoveNext();
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose()
    {
        _sequence?.Dispose();
        _deadline?.Dispose();
    }

    // Calls may be tried again with what is left of their time; an item's starts anew each time.
    private CallSettings Settings => settings with { ItemTimeout = settings.Timeout ?? TimeSpan.Zero };

    private CallArguments Arguments() => named is null ? new CallArguments(positional) : new CallArguments(named);

    private void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException($"The stream of '{method}' can be enumerated once: each enumeration would be a call. Make another stream for another call.");
        }

        _deadline = whole is { } time ? new StreamDeadline(method, time, caller.Time) : null;
    }

    private void Open()
    {
        using CancellationTokenSource? any = AnyOf(cancellationToken, default);
        try
        {
            Enumerate(caller.InvokeBlocking<IAsyncEnumerable<T>>(method, Arguments(), Settings, any?.Token ?? cancellationToken));
        }
        catch (OperationCanceledException e) when (any is not null)
        {
            throw WhyOf(e);
        }
    }

    private async ValueTask<bool> OpenAsync()
    {
        using CancellationTokenSource? any = AnyOf(cancellationToken, _enumeration);
        CancellationToken either = any?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : _enumeration);
        try
        {
            Enumerate(await caller.InvokeAsync<IAsyncEnumerable<T>>(method, Arguments(), Settings, either).ConfigureAwait(false));
        }
        catch (OperationCanceledException e) when (any is not null)
        {
            throw WhyOf(e);
        }

        return await _sequence!.MoveNextAsync().ConfigureAwait(false);
    }

    // Null where one of the two tokens is enough.
    private CancellationTokenSource? AnyOf(CancellationToken first, CancellationToken second)
        => _deadline is not null ? CancellationTokenSource.CreateLinkedTokenSource([first, second, _deadline.Token])
        : first.CanBeCanceled && second.CanBeCanceled && first != second ? CancellationTokenSource.CreateLinkedTokenSource(first, second)
        : null;

    private Exception WhyOf(OperationCanceledException e)
        => cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken)
        : _enumeration.IsCancellationRequested ? new OperationCanceledException(_enumeration)
        : _deadline is { IsUp: true } ? _deadline.Error
        : e;

    private void Enumerate(IAsyncEnumerable<T>? result)
    {
        _sequence = result as SequenceConsumer<T>
            ?? throw new RpcCallException(RpcErrorCode.ResultNotSendable, $"'{method}' returned nothing where a sequence was expected.");
        _sequence.Enumerate(cancellationToken, _enumeration, caller.Lifetime);
        if (_deadline is not null)
        {
            _sequence.EndWith(_deadline);
        }
    }
}
