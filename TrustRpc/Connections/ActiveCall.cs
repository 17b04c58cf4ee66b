using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>A call or notification of the peer's that this side runs: the outcome of its method becomes the one response. Pooled.</summary>
internal sealed class ActiveCall : EndableCall, IThreadPoolWorkItem, IStreamScope
{
    private RpcConnection _connection = null!;
    private PayloadBuffer _arguments;
    private RpcContext? _context;
    private ServerCall? _measured;
    private CallStreams _streams;
    private long _started = CallLog.Unheard;
    private RpcErrorCode _failure;

    public RequestId Id { get; private set; }

    public MethodDescriptor Method { get; private set; } = null!;

    /// <summary>True for a notification: it is never answered.</summary>
    public bool IsNotification { get; private set; }

    public int ArgumentBytes => _arguments.Span.Length;

    /// <summary>When its time is up, as a timestamp of the connection's time provider; <see cref="long.MaxValue"/> = never.</summary>
    public long Deadline { get; private set; }

    /// <summary>Owned by <see cref="ActiveCalls"/>: its time was up, so that its caller has an answer while its method may go on.</summary>
    public bool IsAnsweredEarly { get; set; }

    /// <summary>Owned by <see cref="ActiveCalls"/>.</summary>
    public ref ActiveCall? NextInBucket => ref _nextInBucket;

    private ActiveCall? _nextInBucket;

    /// <summary>Told when a notification has ended, to begin the next one.</summary>
    public Action? Ended { get; set; }

    public override RpcContext Context => _context ??= new RpcContext(_connection, Method.Name, Deadline, CancellationToken);

    public override IStreamScope Streams => IsNotification ? NoStreams.Instance : this;

    public static ActiveCall Rent(RpcConnection connection, in Envelope envelope, MethodDescriptor method)
    {
        ActiveCall call = ObjectPool<ActiveCall>.Rent();
        call._connection = connection;
        call.Id = envelope.Id;
        call.Method = method;
        call.IsNotification = envelope.Kind == EnvelopeKind.Notification;
        call.Deadline = connection.Deadlines.After(envelope.Timeout, connection.HeardAt);
        call._arguments.Set(envelope.Payload);
        call._measured = connection.Log.Measure(method.Name, in envelope);
        call.HoldByBoth();
        return call;
    }

    /// <summary>Runs the method on this thread, or nothing of the user's where the call has been ended before it began. The call may belong to someone else when this returns.</summary>
    public void Execute()
    {
        try
        {
            if (End != CallEnd.None && !IsNotification)
            {
                Fail(new OperationCanceledException());
            }
            else if (_connection.Authorize is { } isAllowed && !Method.IsReserved && !isAllowed(_connection.Peer, Method.Name))
            {
                Fail(new RpcException(RpcErrorCode.PermissionDenied, $"This client may not call '{Method.Name}'."));
            }
            else
            {
                _started = _connection.Log.Started(Method.Name);
                if (_measured is null)
                {
                    Method.Invoke(_arguments.Span, this);
                }
                else
                {
                    _measured.Run(Method, _arguments.Span, this);
                }
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }

        Release();
    }

    public override void Return() => Return<object?>(null);

    public override void Return<T>(T value)
    {
        if (value is null && !Method.ResultAllowsNull)
        {
            throw NullResult.Of(Method);
        }

        if (Method.Sequence is { } sequence && value is not null)
        {
            sequence.Return(this, value);
            return;
        }

        if (EndWithAnswer() && !_connection.Responses.SendResult(Id, Method.Name, value, Streams))
        {
            _failure = RpcErrorCode.ResultNotSendable;
            _streams.AbortSequences();
        }

        Complete();
    }

    public override void ReturnSequence<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType)
    {
        if (!EndWithAnswer())
        {
            Complete();
            return;
        }

        // Not before: as long as it was on the table it could be ended, and with it the token that is to be the sequence's.
        if (End != CallEnd.None)
        {
            SendFailure(Failed(new OperationCanceledException()));
            Complete();
            return;
        }

        // The method's token is now the sequence's: it fires when that ends before its time.
        ConnectionStreams streams = _connection.Streams;
        SequenceProducer<T> producer = new(streams, streams.Producers, Method.Name, sequence, itemType, Cancellation);
        bool goOn = false;
        try
        {
            goOn = producer.OpenAsAnswer(Id);
        }
        catch (RpcException e)
        {
            // The method has run: where the connection closes, that must not read as "not executed", after which it would be called again.
            _failure = e.Code == RpcErrorCode.Unavailable ? RpcErrorCode.Cancelled : e.Code;
            string message = $"'{Method.Name}' returned a sequence that cannot be opened: {e.Message}";
            _connection.Log.Failed(Method.Name, new MethodFailure(_failure, message, null, null), e);
            _connection.Responses.SendError(Id, _failure, message);
            _ = Cancellation?.CancelAsync();
        }

        Complete();
        if (goOn)
        {
            producer.Execute();
        }
    }

    public long Produce<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType)
        => _streams.Produce(_connection.Streams, Method.Name, sequence, itemType, Cancellation);

    public IAsyncEnumerable<T> Consume<T>(long? token, ref Utf8JsonReader values, JsonTypeInfo<T> itemType)
    {
        SequenceConsumer<T> sequence = _connection.Streams.Consume(token, ref values, itemType, Method.Name, _connection.Streams.ItemTimeout, ended: null, CancellationToken);
        sequence.IsArgument = true;
        return sequence;
    }

    public IProgress<T> Report<T>(long token) => _streams.Report<T>(_connection.Streams, Method.Name, token, ref Answered);

    public long Receive<T>(IProgress<T> progress, JsonTypeInfo<T> reportType)
        => throw new NotSupportedException("Progress is reported through a parameter; a result holds none.");

    public override void ReturnTask(Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            Return();
        }
        else
        {
            _ = ReturnLater(new ValueTask(task));
        }
    }

    public override void ReturnTask<T>(Task<T> task) => ReturnValueTask(new ValueTask<T>(task));

    public override void ReturnValueTask(ValueTask task)
    {
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
            Return();
        }
        else
        {
            _ = ReturnLater(task);
        }
    }

    public override void ReturnValueTask<T>(ValueTask<T> task)
    {
        if (task.IsCompletedSuccessfully)
        {
            Return(task.Result);
        }
        else
        {
            _ = ReturnLater(task);
        }
    }

    /// <summary>Answers in the method's place; what it returns later is dropped. It keeps its place until it has really ended.</summary>
    public void AnswerEarly(RpcErrorCode code, string message)
    {
        if (TakeOver(code))
        {
            _connection.Responses.SendError(Id, code, message);
        }
    }

    private async Task ReturnLater(ValueTask task)
    {
        try
        {
            await task.ConfigureAwait(false);
            Return();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async Task ReturnLater<T>(ValueTask<T> task)
    {
        try
        {
            // Within: that a sequence's items cannot be written shows when it is returned.
            Return(await task.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        MethodFailure failure = Failed(e);
        if (EndWithAnswer())
        {
            SendFailure(failure);
        }

        Complete();
    }

    private MethodFailure Failed(Exception e)
    {
        CallEnd end = EndByNow();
        MethodFailure failure = MethodFailure.Of(e, end, Method.Name, _connection.Streams, _connection.ExposesExceptions);
        _connection.Log.Failed(Method.Name, failure, e, end);
        _failure = failure.Code;
        return failure;
    }

    private void SendFailure(MethodFailure failure) => _connection.Responses.SendError(Id, failure.Code, failure.Message, failure.Data);

    // What its own calls bring back may be here before this call is told that the same has happened to it.
    private CallEnd EndByNow()
        => End != CallEnd.None ? End
            : Deadline != long.MaxValue && _connection.Deadlines.Until(Deadline) <= TimeSpan.Zero ? CallEnd.Deadline
            : _connection.HasEnded ? CallEnd.ConnectionLost
            : CallEnd.None;

    private bool EndWithAnswer()
    {
        if (!IsNotification)
        {
            _connection.Ended(this);
        }

        return TakeOver(RpcErrorCode.None);
    }

    // True for the first who answers, where anybody waits for that.
    private bool TakeOver(RpcErrorCode early)
    {
        bool first = TakeAnswer(early);
        if (first)
        {
            _streams.CloseProgress();
        }

        return first && !IsNotification;
    }

    private void Complete()
    {
        RpcErrorCode early = AnsweredEarlyWith;
        RpcErrorCode outcome = early == RpcErrorCode.None ? _failure : early;
        _connection.Log.Ended(Method.Name, _started, outcome);
        _measured?.Ended(outcome);
        if (!IsNotification)
        {
            _connection.Answered();
        }

        Ended?.Invoke();
        Release();
    }

    public void Release()
    {
        if (!LetGo())
        {
            return;
        }

        _arguments.Clear();
        ForgetEnd();
        _context = null;
        _measured = null;
        _streams = default;
        _connection = null!;
        Ended = null;
        IsAnsweredEarly = false;
        _started = CallLog.Unheard;
        _failure = RpcErrorCode.None;
        ObjectPool<ActiveCall>.Return(this);
    }
}
