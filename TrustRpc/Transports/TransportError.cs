using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>What the system says when listening or connecting fails, in words that help.</summary>
internal static class TransportError
{
    public static RpcConnectionException CannotListen(RpcEndpoint endpoint, string why, Exception? cause = null)
        => new($"Cannot listen at {endpoint}: {why}", cause);

    public static RpcConnectionException CannotConnect(RpcEndpoint endpoint, string why, Exception? cause = null)
        => new($"Cannot connect to {endpoint}: {why}", cause);

    public static RpcConnectionException CannotListen(RpcEndpoint endpoint, SocketException e)
        => CannotListen(endpoint, endpoint.Host is null ? WhyNotAtPath(endpoint, e) : WhyNotAtPort(endpoint, e), e);

    private static string WhyNotAtPath(RpcEndpoint endpoint, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "something stands at the path already. Remove it if it is left over, or choose another path.",
        SocketError.AddressNotAvailable => "the directory of the path is not there, or no longer.",
        SocketError.AccessDenied => "permission denied; this user may not make a file in that directory.",
        SocketError.AddressFamilyNotSupported => "this machine has no Unix sockets.",
        _ => Reason(endpoint, e),
    };

    private static string WhyNotAtPort(RpcEndpoint endpoint, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use. Stop the other process, or choose another port (0 takes any free one).",
        SocketError.AddressNotAvailable => "that is not an address of this machine. 127.0.0.1 listens for this machine alone, 0.0.0.0 and [::] for all.",
        SocketError.AccessDenied => "permission denied. Ports below 1024 usually need privileges; choose a higher one.",
        SocketError.AddressFamilyNotSupported => "this machine has no such kind of address switched on.",
        _ => Reason(endpoint, e),
    };

    public static RpcConnectionException CannotConnect(RpcEndpoint endpoint, SocketException e) => CannotConnect(endpoint, e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "nobody listens there; is the server running?",
        SocketError.AddressNotAvailable when endpoint.Transport is RpcTransport.Unix or RpcTransport.Pipe
            => "nobody listens there (no such socket file); is the server running?",
        SocketError.AccessDenied => "permission denied; the server's socket belongs to another user.",
        SocketError.TimedOut => "no answer; is the host up, and does a firewall let the port through?",
        _ => Reason(endpoint, e),
    }, e);

    private static string Reason(RpcEndpoint endpoint, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"the host name {endpoint.Host} is not known.",
        SocketError.TryAgain => $"the host name {endpoint.Host} cannot be looked up at the moment.",
        _ => Sentence(e),
    };

    /// <summary>The system's own words as a sentence.</summary>
    public static string Sentence(Exception e) => e.Message.EndsWith('.') ? e.Message : e.Message + ".";
}
