using TrustRpc.Hosting;

namespace TrustRpc;

/// <summary>How a client connects, how it introduces itself and what it offers to the server. Set before it connects, which refuses what is out of its range; later changes have no effect.</summary>
public sealed class RpcClientOptions : IConnectionOptions
{
    /// <summary>The secret. Default null = <see cref="TrustRpc.TrustId.FromEnvironment()"/>: the variable <c>TRUST_ID</c>, else the nearest <c>.env</c>.</summary>
    public TrustId? TrustId { get; set; }

    /// <summary>The id that names this client across connections: 1 to 128 bytes, no control characters. Default null = an id of each client alone, kept when it reconnects: <c>~</c> and 16 digits by chance.</summary>
    public string? ClientId { get; set; }

    /// <summary>The name for people: 1 to 128 bytes, no control characters. Default null = the program's and the machine's name, <c>program@machine</c>.</summary>
    public string? ClientName { get; set; }

    /// <summary>The name of the server that is insisted on, byte for byte. Default null = any holder of the secret will do.</summary>
    public string? ServerName { get; set; }

    /// <summary>The methods that the server may call on this client; may be added to at any time.</summary>
    public RpcServices Services { get; } = new();

    /// <summary>SHA-256 of the certificate that a <c>tls://</c> server must present, 32 bytes. Default null = see <see cref="RequireTrustedCertificate"/>.</summary>
    public byte[]? PinnedCertificateSha256 { get; set; }

    /// <summary>
    /// Takes only <c>tls://</c> servers whose certificate the system trusts for the name dialled. Default false: a self-signed one will do, since the proofs of the
    /// handshake cover it.
    /// </summary>
    public bool RequireTrustedCertificate { get; set; }

    /// <summary>The suites offered for sealed mode, best first, at least one. Default null = all that this platform has, AES-256-GCM first. Those that it does not have are left out.</summary>
    public IReadOnlyList<CipherSuite>? Suites { get; set; }

    /// <summary>Connects to named pipes of other users as well. Default false: the current user's alone.</summary>
    public bool AllowOtherUsersOnPipes { get; set; }

    /// <summary>The largest message this side takes, in bytes: 4,096 to 16,777,215, default 1 MiB. The server may set less.</summary>
    public int MaxFrameLength { get; set; } = 1024 * 1024;

    /// <summary>As <see cref="RpcServerOptions.MaxQueuedOutput"/>, towards the server. Default 0 = four times the largest message.</summary>
    public int MaxQueuedOutput { get; set; }

    /// <summary>As <see cref="RpcServerOptions.MaxCancellationsPerSecond"/>, of the server. Default 1,000.</summary>
    public int MaxCancellationsPerSecond { get; set; } = 1000;

    /// <summary>As <see cref="RpcServerOptions.MaxStreamsPerConnection"/>, for the sequences that this client produces. Default 1,024.</summary>
    public int MaxStreamsPerConnection { get; set; } = 1024;

    /// <summary>As <see cref="RpcServerOptions.StreamReadAhead"/>, for the sequences that this client produces. Default 256 items.</summary>
    public int StreamReadAhead { get; set; } = 256;

    /// <summary>As <see cref="RpcServerOptions.StreamReadAheadBytes"/>, for the sequences that this client produces. Default 65,536 bytes.</summary>
    public int StreamReadAheadBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// The time that connecting and the handshake may take, per endpoint, the lookup of its host name included: more than zero, up to an hour, default 5 s. The addresses of a name are tried in turn, and
    /// each but the last has an equal share of what is left: of two, one that never answers takes half.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connects again by itself when the connection has ended or the server is going away. Default null = it does not: the client ends with its connection.
    /// </summary>
    public RpcReconnectOptions? Reconnect { get; set; }

    /// <summary>
    /// How long a call waits unless it says otherwise: more than zero, default 30 s; <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes. It travels, and the server ends the method then.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>As <see cref="RpcServerOptions.ExposeExceptionDetails"/>, for the methods in <see cref="Services"/>. Default false.</summary>
    public bool ExposeExceptionDetails { get; set; }

    /// <summary>
    /// Spins for a tenth of a millisecond before the reading thread sleeps, while calls are in flight; without it, only where that was of use to the last reads. At most
    /// half the processors spin, none where there is but one. Default false.
    /// </summary>
    public bool LowLatency { get; set; }

    /// <summary>Where time comes from: default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
