using System.Collections;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>A call whose result is a sequence, made when its enumeration begins; awaited or blocking, once.</summary>
internal sealed class SequenceCall<T>(RpcCaller caller, string method, object?[] positional, object? named, CallSettings settings, CancellationToken cancellationToken)
    : IAsyncEnumerable<T>, IAsyncEnumerator<T>, IEnumerable<T>, IEnumerator<T>
{
    private SequenceConsumer<T>? _sequence;
    private CancellationToken _enumeration;
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

    public ValueTask DisposeAsync() => _sequence?.DisposeAsync() ?? default;

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
            Enumerate(caller.InvokeBlocking<IAsyncEnumerable<T>>(method, Arguments(), Settings, cancellationToken));
        }

        return _sequence!.MoveNext();
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose() => _sequence?.Dispose();

    // Calls may be tried again with what is left of their time; an item's starts anew each time.
    private CallSettings Settings => settings with { ItemTimeout = settings.Timeout ?? TimeSpan.Zero };

    private CallArguments Arguments() => named is null ? new CallArguments(positional) : new CallArguments(named);

    private void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException($"The stream of '{method}' can be enumerated once: each enumeration would be a call. Make another stream for another call.");
        }
    }

    private async ValueTask<bool> OpenAsync()
    {
        using CancellationTokenSource? both = cancellationToken.CanBeCanceled && _enumeration.CanBeCanceled && cancellationToken != _enumeration
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _enumeration)
            : null;
        CancellationToken either = both?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : _enumeration);
        try
        {
            Enumerate(await caller.InvokeAsync<IAsyncEnumerable<T>>(method, Arguments(), Settings, either).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (both is not null)
        {
            throw new OperationCanceledException(cancellationToken.IsCancellationRequested ? cancellationToken : _enumeration);
        }

        return await _sequence!.MoveNextAsync().ConfigureAwait(false);
    }

    private void Enumerate(IAsyncEnumerable<T>? result)
    {
        _sequence = result as SequenceConsumer<T>
            ?? throw new RpcCallException(RpcErrorCode.ResultNotSendable, $"'{method}' returned nothing where a sequence was expected.");
        _sequence.Enumerate(cancellationToken, _enumeration, caller.Lifetime);
    }
}
