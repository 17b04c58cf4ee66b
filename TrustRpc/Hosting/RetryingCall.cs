using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using TrustRpc.Connections;
using TrustRpc.Messages;

namespace TrustRpc.Hosting;

/// <summary>
/// The first attempt of a reconnecting client's call, and what to do where it fails. Pooled, so that a call that succeeds at once costs no allocation more than one of a
/// client that does not reconnect.
/// </summary>
internal sealed class RetryingCall<T> : IValueTaskSource<T>
{
    private readonly Action _ended;
    private ManualResetValueTaskSourceCore<T> _core;
    private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _attempt;
    private ReconnectingCalls _calls = null!;
    private RpcConnection _connection = null!;
    private CallAttempts _attempts;
    private object?[] _positional = [];
    private int _count;
    private object? _named;
    private CancellationToken _cancellationToken;

    public RetryingCall() => _ended = OnEnded;

    public static ValueTask<T> Watch(
        ValueTask<T> attempt, ReconnectingCalls calls, RpcConnection connection, in CallAttempts attempts, CallArguments arguments, CancellationToken cancellationToken)
    {
        RetryingCall<T> call = ObjectPool<RetryingCall<T>>.Rent();
        call._calls = calls;
        call._connection = connection;
        call._attempts = attempts;
        call._cancellationToken = cancellationToken;
        call.Keep(arguments);

        // By the last line the call may have ended, and be another one.
        ValueTask<T> result = new(call, call._core.Version);
        call._attempt = attempt.ConfigureAwait(false).GetAwaiter();
        call._attempt.UnsafeOnCompleted(call._ended);
        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    public T GetResult(short token)
    {
        // Throws for a task that is awaited twice or too early, which must not recycle the call.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The call has not ended: await the task.");
        }

        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    private void OnEnded()
    {
        T result;
        try
        {
            result = _attempt.GetResult();
        }
        catch (RpcException e) when (_attempts.MayGoOn(e))
        {
            _attempts.Failed(_connection, e);
            _ = GoOnAsync();
            return;
        }
        catch (Exception e)
        {
            _core.SetException(e);
            return;
        }

        _core.SetResult(result);
    }

    private async Task GoOnAsync()
    {
        T result;
        try
        {
            KeptArguments arguments = new(_positional.AsSpan(0, _count), _named);
            result = await _calls.GoOnAsync<T>(_attempts, arguments, _cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _core.SetException(e);
            return;
        }

        _core.SetResult(result);
    }

    private void Keep(CallArguments arguments)
    {
        _named = arguments.Named;
        _count = arguments.Positional.Length;
        if (_positional.Length < _count)
        {
            _positional = new object?[_count];
        }

        arguments.Positional.CopyTo(_positional);
    }

    private void Recycle()
    {
        Array.Clear(_positional, 0, _count);
        _named = null;
        _attempt = default;
        _attempts = default;
        _calls = null!;
        _connection = null!;
        _cancellationToken = default;
        _core.Reset();
        ObjectPool<RetryingCall<T>>.Return(this);
    }
}
