namespace TrustRpc.Management;

/// <summary>How a server keeps and manages its clients. Set before it is handed to <c>AddManagement</c>; later changes have no effect.</summary>
public sealed class ManagementOptions
{
    /// <summary>What every timer takes.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>Where known clients are kept. Default null = a <see cref="MemoryClientStore"/>. The server opens it, and disposes it when it has stopped.</summary>
    public IClientStore? Store { get; set; }

    /// <summary>What happens when a client connects under an id that is connected already. Default: the older connection is closed.</summary>
    public SameClientIdPolicy SameClientId { get; set; }

    /// <summary>
    /// Clients that are remembered: at least 1, default 100,000. Beyond, those are forgotten that are not connected and were last seen longest ago; whoever is connected stays. Clients without an id of their own
    /// (<see cref="KnownClient.IsTemporary"/>) are forgotten when they leave.
    /// </summary>
    public int MaxKnownClients { get; set; } = 100_000;

    /// <summary>How often events of the kind <c>heartbeat</c> are published while anybody subscribes: zero to 24 days, default 30 s; zero = never.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The events that are kept for subscribers that lag or come back: 16 to 1,048,576, default 8,192. Whoever is further behind gets a <c>gap</c>.</summary>
    public int EventHistory { get; set; } = 8192;

    /// <summary>The same in bytes of their JSON: at least 65,536, default 16 MiB. The newest event is kept whatever its size.</summary>
    public int EventHistoryBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Subscriptions in all: at least 1, default 10,000. Those beyond are refused with <see cref="RpcErrorCode.ResourceExhausted"/>.</summary>
    public int MaxSubscriptions { get; set; } = 10_000;

    /// <summary>Clients that one fan-out commands at the same time: at least 1, default 256.</summary>
    public int FanOutConcurrency { get; set; } = 256;

    /// <summary>
    /// Bytes of JSON that all results and messages of one fan-out may have together: at least 1,024, default 524,288, half of the largest message. A result beyond is left out of the answer, which says so: the
    /// command has been executed. With the clients' ids an answer has twice as much at most: a fan-out to so many clients that theirs would need more (some 8,000, with ids of 12 characters) is refused with
    /// <see cref="RpcErrorCode.ResourceExhausted"/> before anybody is told anything.
    /// </summary>
    public int FanOutResultBytes { get; set; } = 512 * 1024;

    /// <summary>Clients that take part in sync at the same time: at least 1, default 10,000. Those beyond are refused with <see cref="RpcErrorCode.ResourceExhausted"/>.</summary>
    public int MaxSyncClients { get; set; } = 10_000;

    /// <summary>
    /// Messages that may wait for a client in sync: at least 1, default 1,024. While more wait, its own messages are not read; where the messages of others go beyond, its sync ends with
    /// <see cref="RpcErrorCode.ResourceExhausted"/>.
    /// </summary>
    public int SyncQueue { get; set; } = 1024;

    /// <summary>The same in bytes of their JSON: at least 65,536, default 4 MiB. One message may wait whatever its size.</summary>
    public int SyncQueueBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long a change of <see cref="KnownClient.LastSeen"/> alone may wait before it is saved: zero to 24 days, default 1 s. Lists show it at once.</summary>
    public TimeSpan LastSeenDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often the store is told when the clients that are connected were last heard, whatever they said: zero to 24 days, default 60 s; zero = never. So much older than the truth, and
    /// <see cref="LastSeenDelay"/>, a saved time may be when the server is killed. Lists show the time itself.
    /// </summary>
    public TimeSpan LastSeenRefresh { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a server that stops waits for its store to save what is left and to close: more than zero, default 15 s; <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes. Beyond, the server stops
    /// without it, and <see cref="RpcServer.Error"/> and the log say so.
    /// </summary>
    public TimeSpan StoreCloseTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Where time comes from: default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal ManagementOptions Checked()
    {
        if (!Enum.IsDefined(SameClientId))
        {
            throw new ArgumentOutOfRangeException(nameof(SameClientId));
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxKnownClients, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Heartbeat, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Heartbeat, LongestTime);
        ArgumentOutOfRangeException.ThrowIfLessThan(EventHistory, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(EventHistory, 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(EventHistoryBytes, 64 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSubscriptions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FanOutConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FanOutResultBytes, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSyncClients, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SyncQueue, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SyncQueueBytes, 64 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(LastSeenDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LastSeenDelay, LongestTime);
        ArgumentOutOfRangeException.ThrowIfLessThan(LastSeenRefresh, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LastSeenRefresh, LongestTime);
        if (StoreCloseTimeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StoreCloseTimeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(StoreCloseTimeout, LongestTime);
        }

        return (ManagementOptions)MemberwiseClone();
    }
}
