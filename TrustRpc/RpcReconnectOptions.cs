using TrustRpc.Hosting;

namespace TrustRpc;

/// <summary>
/// How a client connects again by itself. Immutable, so that one object may serve any number of clients.
/// </summary>
/// <remarks>
/// The first try comes at once, the next after <see cref="FirstDelay"/>, each further one after <see cref="Growth"/> times as long, up to <see cref="MaxDelay"/>. The series begins anew
/// once a connection has lasted as long as the next delay would have been. A call is tried again by itself only where it is certain that it was not executed, or where it is
/// marked idempotent (<see cref="RpcCallOptions.Idempotent"/>); streams that break are reported and not resumed.
/// </remarks>
public sealed class RpcReconnectOptions
{
    /// <summary>The delay before the second try: more than zero, up to 24 days, default 0.2 s.</summary>
    public TimeSpan FirstDelay
    {
        get;
        init
        {
            field = OptionRanges.Delay(value, nameof(value));
        }
    } = TimeSpan.FromSeconds(0.2);

    /// <summary>How many times as long each delay is as the one before: 1 or more, default 1.6.</summary>
    public double Growth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1.6;

    /// <summary>The share by which a delay is longer or shorter by chance, so that many clients do not come back together: 0 to 1, default 0.2.</summary>
    public double Jitter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
            field = value;
        }
    } = 0.2;

    /// <summary>The longest delay, jitter included: more than zero, up to 24 days, default 10 s. A server that proves itself may ask for up to 60 s.</summary>
    public TimeSpan MaxDelay
    {
        get;
        init
        {
            field = OptionRanges.Delay(value, nameof(value));
        }
    } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True makes <see cref="RpcClient.ConnectAsync(string, RpcClientOptions, CancellationToken)"/> itself try again, until its token fires. Default false: the first connection
    /// comes about at the first try, or an exception says why not.
    /// </summary>
    public bool IncludeFirstConnection { get; init; }

    /// <summary>
    /// After how many refusals in a row the client stops: 0 or more, default 3; 0 = never. Counted are those that patience does not cure: another secret, another
    /// server, no common mode or version, someone in between.
    /// </summary>
    public int MaxRefusals
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 3;

    /// <summary>
    /// True makes calls fail at once while there is no connection. Default false: they wait for the next one, up to their deadline.
    /// </summary>
    public bool FailCallsMeanwhile { get; init; }

    internal Random Random { get; init; } = Random.Shared;
}
