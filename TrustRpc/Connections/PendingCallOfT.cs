using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks.Sources;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>A pending call with the type that its result is read as: on the caller's side, when the caller takes it. Pooled.</summary>
internal sealed class PendingCall<T> : PendingCall, IValueTaskSource<T>, IStreamScope
{
    private static readonly bool IsSequence = StreamTypes.ItemOf(typeof(T)) is not null;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private OutgoingCalls? _owner;
    private ManualResetEventSlim? _blocked;
    private SentStreams? _sent;
    private bool _blocks;

    public override bool HasBlockedThread => _blocks;

    public override ReportQueue? Reports => _sent?.Reports;

    public override bool ExpectsSequence => IsSequence;

    /// <summary>How long an item of a sequence in the answer may be waited for.</summary>
    public TimeSpan ItemTimeout { get; set; }

    /// <summary>Null where nobody listens.</summary>
    public ClientCall? Measured { get; set; }

    public short Version => _core.Version;

    public static PendingCall<T> Rent(OutgoingCalls owner, string method, bool blocks, long deadline)
    {
        PendingCall<T> call = ObjectPool<PendingCall<T>>.Rent();
        call._owner = owner;
        call.Place = RequestPlace.Caller;
        call.Method = method;
        call.Deadline = deadline;
        call._blocks = blocks;
        if (blocks)
        {
            call._blocked ??= new ManualResetEventSlim();
        }

        return call;
    }

    /// <summary>Lets the token give the call up; to be called once the call is on the table.</summary>
    public void Register(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var call = (PendingCall<T>)state!;
                    call._owner!.Abandoned.GiveUp(call, new OperationCanceledException(token));
                },
                this);
        }
    }

    /// <summary>Blocks the thread until the call has ended.</summary>
    public T Wait()
    {
        _blocked!.Wait();
        return GetResult(_core.Version);
    }

    public override void Execute()
    {
        Measured?.Ended(_error, _result.Span.Length);
        if (_blocks)
        {
            _blocked!.Set();
        }
        else
        {
            _core.SetResult(true);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token) switch
    {
        ValueTaskSourceStatus.Pending => ValueTaskSourceStatus.Pending,
        _ when _error is null => ValueTaskSourceStatus.Succeeded,
        _ when _error is OperationCanceledException => ValueTaskSourceStatus.Canceled,
        _ => ValueTaskSourceStatus.Faulted,
    };

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    public T GetResult(short token)
    {
        if (!_blocks)
        {
            _core.GetResult(token);
        }

        // Waits for a callback that runs: from here on nobody else knows the call.
        _registration.Dispose();
        try
        {
            return _error is null ? ResultReader.Read<T>(_result.Span, Method, this) : throw Marked(_error);
        }
        finally
        {
            Recycle();
        }
    }

    /// <summary>For a call that was taken back from the table by its own caller, because it cannot be sent any more.</summary>
    public RpcException Withdraw(string why)
    {
        Exception error = Marked(new RpcConnectionException($"'{Method}' was not sent: {why}. It was not executed."));
        Recycle();
        return (RpcException)error;
    }

    public long Produce<TItem>(IAsyncEnumerable<TItem> sequence, JsonTypeInfo<TItem> itemType)
        => (_sent ??= new SentStreams(_owner!.Streams)).Produce(Method, sequence, itemType);

    public long Receive<TReport>(IProgress<TReport> progress, JsonTypeInfo<TReport> reportType)
        => (_sent ??= new SentStreams(_owner!.Streams)).Receive(Method, progress, reportType);

    public IAsyncEnumerable<TItem> Consume<TItem>(long? token, ref Utf8JsonReader values, JsonTypeInfo<TItem> itemType)
    {
        SentStreams? arguments = token is null ? null : _sent;
        arguments?.Hold();
        return _owner!.Streams.Consume(token, ref values, itemType, Method, ItemTimeout, arguments is null ? null : arguments.Release, default);
    }

    public IProgress<TReport> Report<TReport>(long token) => throw new NotSupportedException("A result holds no progress argument.");

    private Exception Marked(Exception error)
    {
        if (_sent is { HaveSequences: true } && error is RpcException e)
        {
            e.HasBegunSequence = true;
        }

        return error;
    }

    /// <summary>For a call that never got on the table, or was taken back from it by its own caller.</summary>
    public void Recycle()
    {
        Measured?.Ended(new RpcConnectionException("It was not sent."), 0);
        Measured = null;
        _registration = default;
        _result.Clear();
        _error = null;
        _sent?.StopReports();
        _sent?.Release();
        _sent = null;
        _core.Reset();
        _blocked?.Reset();
        _owner = null;
        ObjectPool<PendingCall<T>>.Return(this);
    }
}
