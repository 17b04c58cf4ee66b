using System.Text.Json;
using TrustRpc.Connections;
using TrustRpc.Diagnostics;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc;

/// <summary>
/// One authenticated connection. Either side may call the other on it: <see cref="RpcCaller.CallAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/> and its
/// like call the peer, while the peer's calls run the methods of this side's <see cref="RpcServices"/>. All members are thread-safe.
/// </summary>
public sealed class RpcConnection : RpcCaller, IAsyncDisposable, IMeasuredConnection
{
    private const int LongestReason = 200;

    /// <summary>More than a peer sends beside its calls and its requests for items.</summary>
    private const int Pings = 64;

    private readonly ConnectionSettings _settings;
    private readonly OutputQueue _output;
    private readonly PendingCalls _pending;
    private readonly OutgoingCalls _outgoing;
    private readonly ActiveCalls _active;
    private readonly NotificationQueue _notifications;
    private readonly KeepAlive _keepAlive;
    private readonly WorkQueue _work;
    private readonly ReceiveLoop _receiving;
    private readonly EndNotice _notice;
    private readonly ConnectionStage _stage;
    private readonly AbandonedCalls _abandoned;
    private long _strayResponses;

    internal RpcConnection(IConnectionLink link, RpcPeer peer, RpcServices services, ConnectionSettings settings)
    {
        _settings = settings;
        _notice = new EndNotice(this);
        _stage = new ConnectionStage(peer.Name);
        Peer = peer;
        Log = new CallLog(peer, settings.Time, settings.Statistics, settings.Watch);
        Cancellations = new CancellationBudget(settings.MaxCancellationsPerSecond, settings.Time);
        _output = new OutputQueue(link.Stream, settings.Time, e => Ending!.WriteFailed(e), settings.CorkedSize);
        Unread = new UnreadOutput(_output, settings.MostUnread, Pings + (long)settings.MaxCalls + settings.Streams.MaxStreams);
        _pending = new PendingCalls(settings.MaxCalls);
        _active = new ActiveCalls(settings.MaxCalls);
        Deadlines = new DeadlineTimer(settings.Time, Expire);
        _work = new WorkQueue(_output);
        Streams = new ConnectionStreams(_output, Unread, _pending, Deadlines, settings, Log, _work);
        _abandoned = new AbandonedCalls(_output, _pending, settings.MaxFrame);
        _outgoing = new OutgoingCalls(_output, _pending, Deadlines, Streams, _abandoned, settings, Log);
        _keepAlive = new KeepAlive(_output, settings.Time, settings.KeepAlive);
        Responses = new Responder(_output, settings.MaxFrame, Log);
        FrameReader frames = new(link.Stream, settings.MaxFrame);
        _notifications = new NotificationQueue(settings.MaxCalls);
        Ending = new Ending(this, link, services, _stage, _notice, _output, _pending, _outgoing, _active, _notifications);
        Admission admission = new(_stage, _active, Unread, settings);
        MessageRouter router = new(this, admission, frames, services, _pending, _active, _notifications, _work);
        _receiving = settings.HasReaderThread
            ? new ThreadReceiveLoop(this, frames, router, _work)
            : new AsyncReceiveLoop(this, link, settings.Time, frames, router, _work);
        _work.Succession = _receiving;
    }

    /// <summary>Who is at the other end.</summary>
    public RpcPeer Peer { get; }

    /// <summary>Completes when the connection has ended, with the reason as a sentence. Never faults.</summary>
    public Task<string> Closed => _notice.Closed;

    /// <summary>True until the connection has ended or one of the two sides has said that it will.</summary>
    public bool IsOpen => _stage.IsOpen;

    /// <summary>
    /// When bytes of the peer's arrived last, whatever they were, a sign of life included; before any did, when the connection began. In UTC, by the clock of this side's options; it stays where it is when the
    /// connection has ended.
    /// </summary>
    public DateTimeOffset LastHeard => Time.GetUtcNow() - Time.GetElapsedTime(_keepAlive.LastHeard);

    /// <summary>Completes, with the reason, as soon as no new call can be made on it: it has ended, or one of the two sides has said that it will.</summary>
    internal Task<string> NoMoreCalls => _stage.NoMoreCalls;

    /// <summary>Has that told to one, who must not block, as soon as <see cref="NoMoreCalls"/> has completed; at once, where it has.</summary>
    internal void OnNoMoreCalls(Action tell) => _stage.OnNoMoreCalls(tell);

    /// <summary>Whether the peer has said that this side is not to connect again by itself; certain once <see cref="NoMoreCalls"/> has completed.</summary>
    internal bool IsDismissed => _stage.IsDismissed;

    internal CallLog Log { get; }

    internal CancellationBudget Cancellations { get; }

    internal Responder Responses { get; }

    internal UnreadOutput Unread { get; }

    internal ConnectionStreams Streams { get; }

    internal DeadlineTimer Deadlines { get; }

    internal Ending Ending { get; }

    internal bool ExposesExceptions => _settings.ExposesExceptions;

    /// <summary>Whether the peer may call it; null = it may call everything.</summary>
    internal Func<RpcPeer, string, bool>? Authorize => _settings.Authorize;

    internal TimeSpan CallTimeout => _settings.CallTimeout;

    internal override TimeProvider Time => _settings.Time;

    internal bool HasCallsInFlight => _pending.Count > 0;

    /// <summary>What is under way here; all zero once everything has ended.</summary>
    internal (int Sent, int Running, int Notified, int Produced, int Reports, int Unsent) Residue
        => (_pending.Count, _active.Unfinished, _notifications.Count, Streams.Producers.Count, Streams.ReportsExpected, _output.Unsent);

    long IMeasuredConnection.CallsRunning => _active.Count;

    long IMeasuredConnection.CallsPending => _pending.Count;

    long IMeasuredConnection.StreamsProduced => Streams.Producers.Count;

    long IMeasuredConnection.BytesUnsent => _output.Unsent;

    /// <summary>It is gone, whoever has been told so.</summary>
    internal bool HasEnded => _stage.HasEnded;

    /// <summary>Responses to nothing that this side had asked.</summary>
    internal long StrayResponses => Volatile.Read(ref _strayResponses);

    /// <summary>As <see cref="CloseAsync(TimeSpan)"/> without a grace period. Never throws.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    /// <summary>
    /// Ends the connection in order (<c>docs/PROTOCOL.md</c>, section 7): tells the peer, lets the methods that it has called and the sequences that it reads finish for the grace period and ends the rest,
    /// sends all answers, and waits for the peer's end for up to 2 s. Calls of this side's that are still unanswered then fail. Never throws.
    /// </summary>
    /// <remarks>
    /// A method that the peer has called on this connection and that awaits it is itself one of those that may finish: it waits for itself until the grace period is over, and for ever where that is
    /// infinite. Such a method begins it and returns: its caller then gets its answer.
    /// </remarks>
    /// <param name="grace">How long methods may go on; zero, the default = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = as long as they take.</param>
    /// <returns>A task that completes when the connection has ended.</returns>
    public Task CloseAsync(TimeSpan grace = default) => Ending.CloseAsync(GoAwayReason.Shutdown, GoAwayReason.Closing, "this side closed it", grace);

    /// <summary>As <see cref="CloseAsync(TimeSpan)"/>, and tells why: both ends' <see cref="Closed"/> and logs say it.</summary>
    /// <param name="reason">Why, as a sentence for the people at the other end; 1 to 200 characters.</param>
    /// <param name="grace">How long methods may go on; zero, the default = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = as long as they take.</param>
    /// <returns>A task that completes when the connection has ended.</returns>
    /// <exception cref="ArgumentException">The reason is empty or too long; the connection stays as it is.</exception>
    public Task CloseAsync(string reason, TimeSpan grace = default)
        => Ending.CloseAsync(GoAwayReason.Shutdown, Checked(reason), $"this side closed it: {reason.TrimEnd('.')}", grace);

    /// <summary>As <see cref="CloseAsync(string, TimeSpan)"/>, and tells the peer not to connect again by itself: a client with <see cref="RpcClientOptions.Reconnect"/> is closed, and says why.</summary>
    /// <param name="reason">Why, as a sentence for the people at the other end; 1 to 200 characters.</param>
    /// <param name="grace">How long methods may go on; zero, the default = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = as long as they take.</param>
    /// <returns>A task that completes when the connection has ended.</returns>
    /// <exception cref="ArgumentException">The reason is empty or too long; the connection stays as it is.</exception>
    public Task DismissAsync(string reason, TimeSpan grace = default)
        => Ending.CloseAsync(GoAwayReason.Dismissed, Checked(reason), $"this side dismissed the peer: {reason.TrimEnd('.')}", grace);

    /// <summary>Ends the connection at once: calls in flight fail on both sides.</summary>
    public void Abort() => Ending.End(new ConnectionEnd("this side aborted it", IsOrderly: false));

    private static string Checked(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reason.Length, LongestReason, nameof(reason));
        return reason;
    }

    internal void Start()
    {
        Open();
        _receiving.Start();
    }

    private void Open()
    {
        RpcTelemetry.Opened(this);
        if (_stage.HasEnded)
        {
            // It was ended before it began, by a handler of the event that announced it.
            RpcTelemetry.Closed(this);
        }

        Deadlines.Watch(_keepAlive.First);
    }

    /// <summary>Reads on this thread, until the connection has ended or another thread has taken over.</summary>
    /// <param name="first">Work to be done before anything is read, as if it had arrived; null = none.</param>
    internal void StartOnThisThread(IThreadPoolWorkItem? first = null)
    {
        if (first is not null)
        {
            _work.Add(first);
        }

        Open();
        _receiving.StartOnThisThread();
    }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        _stage.ThrowIfNotOpen();
        return _outgoing.InvokeAsync<T>(method, arguments, settings, cancellationToken);
    }

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        _stage.ThrowIfNotOpen();
        return _outgoing.InvokeBlocking<T>(method, arguments, settings, cancellationToken);
    }

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        cancellationToken.ThrowIfCancellationRequested();
        _stage.ThrowIfNotOpen();
        if (Unread.IsTooMuch)
        {
            throw new RpcCallException(RpcErrorCode.ResourceExhausted, $"Too much output is waiting for '{Peer.Name}' to read it; '{method}' was not sent, so it was not executed.");
        }

        _outgoing.Notify(method, arguments);
        return default;
    }

    /// <summary>The method of a call has ended; its answer is about to leave, and whoever has waited for its place begins.</summary>
    internal void Ended(ActiveCall call)
    {
        if (_active.Remove(call) is { } next)
        {
            ThreadPool.UnsafeQueueUserWorkItem(next, preferLocal: false);
        }
    }

    /// <summary>The answer of a call that has ended is on its way.</summary>
    internal void Answered() => _active.Finish();

    /// <summary>Completes when the peer has heard everything that was sent before, or the connection has ended.</summary>
    internal Task PingAsync() => _outgoing.PingAsync();

    internal void HeardFrom() => _keepAlive.Heard();

    /// <summary>When bytes arrived last: for the reader, the arrival of the messages that it sorts.</summary>
    internal long HeardAt => _keepAlive.LastHeard;

    internal void CountStrayResponse() => Interlocked.Increment(ref _strayResponses);

    /// <summary>For the reader: it does nothing more.</summary>
    internal void LeaveReading() => _notice.LeaveReading();

    /// <summary>Has the reason of the end told to the connection's one owner, who must not block; at once, where it has ended.</summary>
    internal void OnEnd(Action<RpcConnection, string> tell) => _notice.OnEnd(tell);

    private long Expire(long now)
        => Math.Min(Math.Min(_abandoned.Expire(now), _active.Expire(now)), Math.Min(Streams.Producers.Expire(now), KeepAlive(now)));

    private long KeepAlive(long now)
    {
        switch (_keepAlive.Check(now, out long next))
        {
            case Connections.KeepAlive.Step.Ping:
                _outgoing.Ping();
                break;
            case Connections.KeepAlive.Step.GiveUp:
                Ending.End(new ConnectionEnd($"the peer gave no sign of life for {2 * _settings.KeepAlive.TotalSeconds:0.#} s", IsOrderly: false));
                break;
        }

        return next;
    }
}
