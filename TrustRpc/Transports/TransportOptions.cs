using System.Net;

namespace TrustRpc.Transports;

/// <summary>What transports need to know beyond the endpoint.</summary>
internal sealed class TransportOptions
{
    /// <summary>Server: the certificate for <c>tls://</c>.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Client: SHA-256 of the server certificate's DER form, 32 bytes; null = see <see cref="RequireTrustedCertificate"/>.</summary>
    public byte[]? PinnedCertificateSha256 { get; init; }

    /// <summary>Client: true = the chain must be trusted by the system; false = a certificate that is not is left to the proofs.</summary>
    public bool RequireTrustedCertificate { get; init; }

    /// <summary>Client: what connecting to a name with several addresses shares out among them, from the lookup on; infinite = the first has all the time there is.</summary>
    public TimeSpan ConnectTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The addresses of a host name; may block.</summary>
    public Func<string, IPAddress[]> LookUp { get; init; } = Dns.GetHostAddresses;

    /// <summary>Named pipes: true lets other users of this machine connect.</summary>
    public bool AllowOtherUsers { get; init; }

    /// <summary>
    /// True = the link gets a thread of its own, on which connecting, opening and reading run and which they may block: <c>ReadAsync</c>
    /// as well, where a cancellation then ends the connection. The runtime's poller never hears of such a socket, and need not be woken for
    /// each message; that alone makes a lone caller faster by half. False = nothing blocks.
    /// </summary>
    public bool HasReaderThread { get; init; }

    /// <summary>Server: true = accepting has a thread of its own, which it may block where the system lets that be ended; false = it does not block.</summary>
    public bool HasAcceptThread { get; init; }

    /// <summary>Server: is told that accepting has failed, which goes on; null = nobody.</summary>
    public Action<RpcEndpoint, Exception>? AcceptFailed { get; init; }

    /// <summary>Server: is told of a peer that the transport itself does not let in, by its address, at which endpoint and why; null = nobody.</summary>
    public Action<string, RpcEndpoint, string>? TurnedAway { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
