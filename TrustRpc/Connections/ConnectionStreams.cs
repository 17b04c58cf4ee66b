using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>The sequences and progress reports of one connection, in both directions. Thread-safe.</summary>
internal sealed class ConnectionStreams : IStreamHost
{
    private readonly OutputQueue _output;
    private readonly UnreadOutput _unread;
    private readonly PendingCalls _pending;
    private readonly DeadlineTimer _deadlines;
    private readonly ConnectionSettings _settings;
    private readonly CallLog _log;
    private readonly WorkQueue _work;
    private ConcurrentDictionary<long, ReportReceiver>? _reports;
    private long _lastReportToken;

    public ConnectionStreams(OutputQueue output, UnreadOutput unread, PendingCalls pending, DeadlineTimer deadlines, ConnectionSettings settings, CallLog log, WorkQueue work)
    {
        _output = output;
        _unread = unread;
        _pending = pending;
        _deadlines = deadlines;
        _settings = settings;
        _log = log;
        _work = work;
        Producers = new Producers(this);
    }

    public Producers Producers { get; }

    /// <summary>Progress arguments of calls that are unanswered.</summary>
    public int ReportsExpected => _reports?.Count ?? 0;

    public int MaxFrame => _settings.MaxFrame;

    public StreamLimits Limits => _settings.Streams;

    public TimeSpan ItemTimeout => _settings.CallTimeout;

    public void Add(FrameBuffer frame, ReadOnlySpan<byte> items = default, ReadOnlySpan<byte> end = default)
    {
        try
        {
            frame.Finish(items.Length + end.Length);
            _output.AddUnhurried(frame.Frame.Span, items, end);
        }
        finally
        {
            frame.Return();
        }
    }

    public void Flush() => _output.Release();

    public void RunSoon(IThreadPoolWorkItem work) => _work.Add(work);

    public void RunApart(IThreadPoolWorkItem work) => BlockingThreads.Run(work);

    public StreamFailure Describe(Exception exception, string method)
    {
        MethodFailure failure = MethodFailure.Of(exception, CallEnd.None, method, this, _settings.ExposesExceptions);
        _log.Failed(method, failure, exception);
        return new StreamFailure(failure.Code, failure.Message, failure.Data);
    }

    public void Ask(SequenceConsumer consumer, bool withWork = false)
    {
        long now = _deadlines.Now;
        NextCall call = new(consumer, _deadlines.After(consumer.ItemTimeout, now));
        try
        {
            _pending.TryAdd(call, counted: false);
        }
        catch (RpcConnectionException e)
        {
            consumer.Failed(new RpcConnectionException($"The stream of '{consumer.Method}' broke: {e.Message}", e, mayHaveBeenExecuted: true), byPeer: false);
            consumer.Wake();
            return;
        }

        consumer.Requested(call);
        FrameBuffer frame = FrameBuffer.Rent(MaxFrame);
        EnvelopeWriter.WriteNext(frame, call.Id, consumer.Token, _deadlines.MillisecondsUntil(call.Deadline, now));
        _deadlines.Watch(call.Deadline);
        Add(frame);
        if (!withWork)
        {
            Flush();
        }
    }

    public void Abort(long token)
    {
        FrameBuffer frame = FrameBuffer.Rent(MaxFrame);
        EnvelopeWriter.WriteAbort(frame, token);
        Add(frame);
        Flush();
    }

    public void GiveUp(IStreamRequest request) => _pending.TryGiveUp((NextCall)request);

    public void BeforeBlocking() => WorkQueue.BeforeBlocking();

    public long DeadlineAfter(TimeSpan delay) => _deadlines.After(delay);

    public void Watch(long deadline) => _deadlines.Watch(deadline);

    /// <summary>The peer asks for items of a sequence of this side's.</summary>
    public RpcErrorCode TakeNext(in Envelope envelope)
    {
        if (!ReservedMethods.TryReadToken(envelope.Payload, out long token))
        {
            return RpcErrorCode.InvalidRequest;
        }

        long deadline = _deadlines.After(envelope.Timeout, _deadlines.Now);
        return Producers.TryNext(token, envelope.Id, deadline) ? RpcErrorCode.None : Producers.AreDrained ? RpcErrorCode.Cancelled : RpcErrorCode.UnknownStream;
    }

    /// <summary>A progress report of the peer's has arrived.</summary>
    public void TakeReport(ReadOnlySpan<byte> parameters)
    {
        if (!ReservedMethods.TryReadReport(parameters, out long token, out ReadOnlySpan<byte> value))
        {
            return;
        }

        if (_reports is { } reports && reports.TryGetValue(token, out ReportReceiver? receiver) && receiver.Queue.Add(receiver, value))
        {
            _work.Add(receiver.Queue);
        }
    }

    /// <summary>The answer to a call that was given up: a sequence in it is aborted.</summary>
    public void DropAnswer(ReadOnlySpan<byte> result)
    {
        if (SequenceValue.FindToken(result) is { } token)
        {
            Abort(token);
        }
    }

    /// <summary>A sequence of the peer's.</summary>
    public SequenceConsumer<T> Consume<T>(
        long? token, ref Utf8JsonReader values, JsonTypeInfo<T> itemType, string method, TimeSpan itemTimeout, Action? ended, CancellationToken lifetime)
    {
        SequenceConsumer<T> consumer = new(token is null ? null : this, token ?? 0, method, itemType, itemTimeout, ended, lifetime);
        consumer.ReadFirst(ref values);
        return consumer;
    }

    public long Receive(ReportReceiver receiver)
    {
        long token = Interlocked.Increment(ref _lastReportToken);
        LazyInitializer.EnsureInitialized(ref _reports, static () => new ConcurrentDictionary<long, ReportReceiver>(concurrencyLevel: 1, capacity: 4))[token] = receiver;
        return token;
    }

    public void StopReceiving(long token) => _reports?.TryRemove(token, out _);

    /// <summary>Sends a progress report; one that a slow peer would have to wait for is dropped.</summary>
    public void SendReport<T>(string method, long token, T value)
    {
        if (_unread.IsTooMuch)
        {
            return;
        }

        FrameBuffer frame = FrameBuffer.Rent(MaxFrame);
        try
        {
            EnvelopeWriter.WriteReport(frame, token, value);
        }
        catch (Exception e)
        {
            frame.Return();
            throw new InvalidOperationException($"A progress report of '{method}' cannot be sent: {SerializerText.Of(e)}", e);
        }

        Add(frame);
        Flush();
    }
}
