using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>
/// What happens on a server, for whoever subscribes. Publishing takes a place in a bounded history and never waits for a subscriber: each reads at its own pace, and one that falls behind the history
/// gets a <see cref="ServerEventType.Gap"/> in place of what it has missed. Thread-safe.
/// </summary>
public sealed class EventHub
{
    /// <summary>Numbers per millisecond: an event after a restart has a greater one than all before, as long as fewer were published on average.</summary>
    private const long NumbersPerMillisecond = 1024;

    /// <summary>Events that are looked at before others get their turn.</summary>
    private const int SearchedAtOnce = 512;

    /// <summary>Subscribers that one thread wakes one after the other.</summary>
    private const int WokenTogether = 8;

    private readonly Lock _gate = new();
    private readonly EventHistory _history;
    private readonly TimeProvider _time;
    private readonly int _maxSubscriptions;
    private readonly ITimer? _heartbeat;
    private readonly WakeUp _wakeUp;
    private List<EventSubscription> _waiting = [];
    private int _subscriptions;
    private bool _wakes;
    private bool _completed;

    internal EventHub(ManagementOptions options)
    {
        _time = options.TimeProvider;
        _maxSubscriptions = options.MaxSubscriptions;
        _history = new EventHistory(options.EventHistory, options.EventHistoryBytes, Now * NumbersPerMillisecond);
        _wakeUp = new WakeUp(this);
        if (options.Heartbeat > TimeSpan.Zero)
        {
            _heartbeat = _time.CreateTimer(static hub => ((EventHub)hub!).Beat(), this, options.Heartbeat, options.Heartbeat);
        }
    }

    /// <summary>Subscriptions of the moment.</summary>
    public int Subscriptions => Volatile.Read(ref _subscriptions);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Publishes an event of the application's. Later changes of the payload have no effect.</summary>
    /// <typeparam name="T">The payload's type; written as arguments of calls are, in camelCase.</typeparam>
    /// <param name="eventType">Its kind: 1 to 128 characters, no control characters and no <c>*</c>, and none of <see cref="ServerEventType"/>.</param>
    /// <param name="payload">What it is about, at most 48 levels deep and 512 KiB of JSON.</param>
    /// <returns>Its number; 0 where the server has stopped and nothing was published.</returns>
    /// <exception cref="ArgumentException">The kind or the payload is not within these limits. Nothing was published.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON.</exception>
    [RequiresUnreferencedCode("The payload is written by reflection.")]
    [RequiresDynamicCode("The payload is written by reflection.")]
    public long Publish<T>(string eventType, T payload) => Publish(eventType, JsonSerializer.SerializeToElement(payload, ManagementJson.Options));

    /// <summary>Publishes an event of the application's.</summary>
    /// <param name="eventType">Its kind, within the limits above.</param>
    /// <param name="payload">What it is about, at most 48 levels deep and 512 KiB of JSON.</param>
    /// <returns>Its number; 0 where the server has stopped and nothing was published.</returns>
    /// <exception cref="ArgumentException">The kind or the payload is not within these limits, or the payload holds a text that is none: half of a surrogate pair. Nothing was published.</exception>
    /// <exception cref="ObjectDisposedException">The document that the payload is a part of has been disposed of. Nothing was published.</exception>
    public long Publish(string eventType, JsonElement payload)
    {
        CheckOwn(eventType);
        return payload.ValueKind == JsonValueKind.Undefined ? Publish<object?>(eventType, null, null) : Publish(eventType, payload, static (json, value) => value.WriteTo(json));
    }

    /// <summary>Publishes an event of the application's that says all by its kind.</summary>
    /// <param name="eventType">Its kind, within the limits above.</param>
    /// <returns>Its number; 0 where the server has stopped and nothing was published.</returns>
    /// <exception cref="ArgumentException">The kind is not within these limits.</exception>
    public long Publish(string eventType)
    {
        CheckOwn(eventType);
        return Publish<object?>(eventType, null, null);
    }

    /// <summary>Subscribes within this process. What clients get by calling <c>Subscribe</c> is the same.</summary>
    /// <param name="eventTypes">The kinds wanted: names, or beginnings with a <c>*</c> behind them; at most 64. Null or empty = all.</param>
    /// <param name="after">Begins behind the event with that number, as far as the history goes; null = with the next event.</param>
    /// <returns>The events, to be enumerated once; it ends when the server stops. It is behind by what the history holds at most; then comes a <see cref="ServerEventType.Gap"/>.</returns>
    /// <exception cref="RpcException">A kind is no such name. The enumeration throws it where there are too many subscriptions.</exception>
    public IAsyncEnumerable<ServerEvent> SubscribeAsync(IReadOnlyList<string>? eventTypes = null, long? after = null)
        => new EventSubscription(this, new EventFilter(eventTypes), after) { MayBlock = true };

    internal IAsyncEnumerable<ServerEvent> Subscribe(IReadOnlyList<string>? eventTypes, long? after, bool greets)
        => new EventSubscription(this, new EventFilter(eventTypes), after) { Greets = greets };

    internal long Publish<T>(string eventType, T payload, Action<Utf8JsonWriter, T>? write, bool isWrapped = false)
    {
        long timestamp = Now;
        EventBytes bytes = EventBytes.Of(eventType, timestamp, payload, write, isWrapped);
        long sequence;
        bool wake;
        lock (_gate)
        {
            if (_completed)
            {
                return 0;
            }

            sequence = _history.Next;
            _history.Add(new ServerEvent(eventType, bytes, timestamp, sequence));
            wake = MustWake();
        }

        if (wake)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_wakeUp, preferLocal: false);
        }

        return sequence;
    }

    /// <summary>The last event has been published: subscriptions end behind it.</summary>
    internal void Complete()
    {
        bool wake;
        lock (_gate)
        {
            _completed = true;
            wake = MustWake();
        }

        _heartbeat?.Dispose();
        if (wake)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_wakeUp, preferLocal: false);
        }
    }

    /// <summary>Where a subscription begins, and what it is told first.</summary>
    /// <exception cref="RpcException">There are too many.</exception>
    internal long Begin(long? after, bool greets, out ServerEvent? first)
    {
        lock (_gate)
        {
            if (_subscriptions >= _maxSubscriptions)
            {
                throw new RpcException(RpcErrorCode.ResourceExhausted, $"There are {_maxSubscriptions} subscriptions already, which is the limit.");
            }

            Interlocked.Increment(ref _subscriptions);
            first = null;
            if (after is not { } seen || (seen >= _history.Start - 1 && seen < _history.Next))
            {
                first = greets ? new ServerEvent(ServerEventType.Heartbeat, (JsonElement?)null, Now, (after + 1 ?? _history.Next) - 1) : null;
                return after + 1 ?? _history.Next;
            }

            // A number of an earlier life, or of a clock that has been set back: how many are missing, nobody knows.
            first = GapEvent.Of(null, seen < _history.Next ? seen + 1 : null, seen < _history.Next ? _history.Oldest - 1 : null, Now, _history.Oldest - 1);
            return _history.Oldest;
        }
    }

    internal void End() => Interlocked.Decrement(ref _subscriptions);

    /// <summary>Takes over what a subscription may have next; where there is nothing, it is woken as soon as there is.</summary>
    /// <param name="subscription">Who asks.</param>
    /// <param name="filter">What it wants.</param>
    /// <param name="cursor">The number that it has come to.</param>
    /// <param name="into">Gets the events.</param>
    /// <param name="most">The most events.</param>
    /// <param name="mostBytes">No further event once it holds so many.</param>
    internal EventSupply Take(EventSubscription subscription, EventFilter filter, ref long cursor, List<ServerEvent> into, int most, int mostBytes)
    {
        int bytes = 0;
        lock (_gate)
        {
            if (cursor < _history.Oldest)
            {
                into.Add(GapEvent.Of(_history.Oldest - cursor, cursor, _history.Oldest - 1, Now, _history.Oldest - 1));
                cursor = _history.Oldest;
            }

            long end = Math.Min(_history.Next, cursor + SearchedAtOnce);
            while (cursor < end && into.Count < most && bytes < mostBytes)
            {
                ServerEvent e = _history[cursor++];
                if (filter.Wants(e.EventType))
                {
                    into.Add(e);
                    bytes += e.Size;
                }
            }

            if (into.Count > 0)
            {
                return EventSupply.Some;
            }

            if (cursor < _history.Next)
            {
                return EventSupply.MoreToSearch;
            }

            if (_completed)
            {
                return EventSupply.Ended;
            }

            _waiting.Add(subscription);
            return EventSupply.NoneYet;
        }
    }

    internal void Forget(EventSubscription subscription)
    {
        lock (_gate)
        {
            _waiting.Remove(subscription);
        }
    }

    private static void CheckOwn(string eventType)
    {
        if (eventType is not { Length: > 0 and <= EventFilter.LongestType } || eventType.Contains('*', StringComparison.Ordinal) || eventType.Any(char.IsControl))
        {
            throw new ArgumentException($"A kind of event has 1 to {EventFilter.LongestType} characters, no control characters and no *.", nameof(eventType));
        }

        if (ServerEventType.IsBuiltIn(eventType))
        {
            throw new ArgumentException($"'{eventType}' is a kind of event that the server itself publishes; take another name.", nameof(eventType));
        }
    }

    private void Beat()
    {
        if (Subscriptions > 0)
        {
            Publish<object?>(ServerEventType.Heartbeat, null, null);
        }
    }

    private bool MustWake()
    {
        bool wake = !_wakes && _waiting.Count > 0;
        _wakes |= wake;
        return wake;
    }

    // One work item for any number of subscribers, so that publishing costs the same for one and for thousands.
    private void WakeAll()
    {
        List<EventSubscription> woken;
        lock (_gate)
        {
            woken = _waiting;
            _waiting = [];
            _wakes = false;
        }

        for (int start = WokenTogether; start < woken.Count; start += WokenTogether)
        {
            ThreadPool.UnsafeQueueUserWorkItem(new Woken(woken, start), preferLocal: true);
        }

        new Woken(woken, 0).Execute();
    }

    private sealed class WakeUp(EventHub hub) : IThreadPoolWorkItem
    {
        public void Execute() => hub.WakeAll();
    }

    private sealed class Woken(List<EventSubscription> subscriptions, int start) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            int end = Math.Min(start + WokenTogether, subscriptions.Count);
            for (int i = start; i < end; i++)
            {
                subscriptions[i].Wake();
            }
        }
    }
}
