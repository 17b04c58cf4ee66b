using TrustRpc.Hosting;

namespace TrustRpc;

/// <summary>How a server listens, whom it trusts and what it allows. Set before the server starts, which refuses what is out of its range; later changes have no effect.</summary>
public sealed class RpcServerOptions : IConnectionOptions
{
    /// <summary>The secret. Default null = <see cref="TrustRpc.TrustId.FromEnvironment()"/>: the variable <c>TRUST_ID</c>, else the nearest <c>.env</c>.</summary>
    public TrustId? TrustId { get; set; }

    /// <summary>
    /// Secrets that are still accepted beside <see cref="TrustId"/> while clients move to the new one. Default null = those of <c>TRUST_ID_PREVIOUS</c> where
    /// <see cref="TrustId"/> comes from the environment as well, else none.
    /// </summary>
    public IReadOnlyList<TrustId>? PreviousTrustIds { get; set; }

    /// <summary>
    /// Accepts a secret that was not generated on listeners beyond this machine, where anyone may try guesses against it. Default false: such a listener is refused.
    /// </summary>
    public bool AllowTextTrustIdOnNetwork { get; set; }

    /// <summary>The server's name, which clients may insist on: 1 to 128 bytes, no control characters. Default null = the program's and the machine's name, <c>program@machine</c>.</summary>
    public string? Name { get; set; }

    /// <summary>The certificate for <c>tls://</c>. Default null: <c>tls://</c> cannot be listened on. The caller disposes it after the server.</summary>
    public ServerCertificate? Certificate { get; set; }

    /// <summary>The suites allowed for sealed mode, at least one; the client's order decides. Default null = all that this platform has. Those that it does not have are left out.</summary>
    public IReadOnlyList<CipherSuite>? Suites { get; set; }

    /// <summary>Lets other users of this machine connect to named pipes. Default false: the current user alone.</summary>
    public bool AllowOtherUsersOnPipes { get; set; }

    /// <summary>The largest message in bytes, both directions: 4,096 to 16,777,215, default 1 MiB. A client may ask for less.</summary>
    public int MaxFrameLength { get; set; } = 1024 * 1024;

    /// <summary>Calls in flight per connection, each direction: at least 1, default 1,024. A client waits at the limit; one that does not is refused with <see cref="RpcErrorCode.ResourceExhausted"/>.</summary>
    public int MaxCallsPerConnection { get; set; } = 1024;

    /// <summary>
    /// Bytes that may wait for a client that reads slowly: 0 or more, default 0 = four times the largest message. While more wait, its new calls are refused with
    /// <see cref="RpcErrorCode.ResourceExhausted"/>; where it takes nothing for twice <see cref="KeepAlive"/>, the connection is dropped.
    /// </summary>
    public int MaxQueuedOutput { get; set; }

    /// <summary>
    /// Cancellations of one client within a second: at least 1, default 1,000. A client that goes over it is disconnected: starting and cancelling calls without end would
    /// cost it next to nothing.
    /// </summary>
    public int MaxCancellationsPerSecond { get; set; } = 1000;

    /// <summary>Sequences that this side may have open per connection as their producer: at least 1, default 1,024. Those beyond are refused with <see cref="RpcErrorCode.ResourceExhausted"/>.</summary>
    public int MaxStreamsPerConnection { get; set; } = 1024;

    /// <summary>Items of a sequence that this side produces before its consumer has asked for them: 1 to 65,536, default 256. With the bytes below, all that a slow consumer makes it hold.</summary>
    public int StreamReadAhead { get; set; } = 256;

    /// <summary>The same in bytes of JSON: 1,024 to 65,536, default 65,536. A single item may be larger.</summary>
    public int StreamReadAheadBytes { get; set; } = 64 * 1024;

    /// <summary>Connections in all: at least 1, default 10,000. Those beyond are refused as busy.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// Connections that have not finished the handshake, in all: at least 1, default 256. Those beyond are closed without a byte. One that has finished it and is turned away, because
    /// another has taken the last place meanwhile, counts until it has gone.
    /// </summary>
    public int MaxUnauthenticatedConnections { get; set; } = 256;

    /// <summary>The same per address: at least 1, default 64.</summary>
    public int MaxUnauthenticatedConnectionsPerAddress { get; set; } = 64;

    /// <summary>The time a handshake may take, from accept to the end, TLS included: more than zero, up to an hour, default 5 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long without a sign of life each side pings the other: zero to 24 days, default 15 s; zero = never.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long running methods may go on when the server stops: zero to 24 days, default 25 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a call that the server makes waits for its client unless it says otherwise: more than zero, default 30 s; <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sends type, message and stack of unexpected exceptions to callers, in <c>error.data</c>. Default false: they get an error id and the log gets the exception.
    /// For development: it shows the inside of the program to every holder of the secret.
    /// </summary>
    public bool ExposeExceptionDetails { get; set; }

    /// <summary>
    /// Who may call which method: is asked for each call and notification, with the caller and the name that the method is registered under, and says whether it may. A call that
    /// may not is answered with <see cref="RpcErrorCode.PermissionDenied"/>, and <c>rpc.discover</c> names to each caller those methods alone that it may call. Default null: every
    /// holder of the secret may call every method, and nothing is asked. Not asked for the protocol's own methods. Called on the thread of the call, so it must be safe for several at
    /// once; where it throws, the call fails. Every holder of the secret can claim any id and name: rely on <see cref="RpcPeer.Transport"/>, <see cref="RpcPeer.Address"/> and
    /// <see cref="RpcPeer.UnixUserId"/>.
    /// </summary>
    public Func<RpcPeer, string, bool>? Authorize { get; set; }

    /// <summary>
    /// Who may read the server's figures with <c>rpc.stats</c>: calls, errors and times by method, connections, streams, bytes queued. Default null: nobody, the method does not exist and nothing
    /// is counted. Called on the thread of such a call, so it may be slow and must be safe for several at once; every holder of the secret can claim any id and name.
    /// </summary>
    public Func<RpcPeer, bool>? AllowStatistics { get; set; }

    /// <summary>
    /// Reads each connection on a thread of its own that spins for a tenth of a millisecond before it sleeps, while answers are expected: the shortest round trips, for
    /// a thread per connection and processor time. Without it a connection that has a thread spins only where that was of use to its last reads. At most half the
    /// processors spin, none where there is but one. Default false.
    /// </summary>
    public bool LowLatency { get; set; }

    /// <summary>Where time comes from: default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
