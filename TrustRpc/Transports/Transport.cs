namespace TrustRpc.Transports;

/// <summary>The way in: picks the transport that an endpoint names.</summary>
internal static class Transport
{
    /// <summary>Starts to listen.</summary>
    /// <exception cref="RpcConnectionException">It cannot listen there; the message says why and what to do.</exception>
    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        => endpoint.Transport switch
        {
            RpcTransport.Tcp => TcpTransport.ListenAsync(endpoint, options, cancellationToken),
            RpcTransport.Tls => TlsTransport.ListenAsync(endpoint, options, cancellationToken),
            RpcTransport.Unix => UnixTransport.ListenAsync(endpoint, options, cancellationToken),
            _ => PipeTransport.ListenAsync(endpoint, options, cancellationToken),
        };

    /// <summary>Connects; the caller then calls <see cref="TransportLink.OpenAsync"/>.</summary>
    /// <exception cref="RpcConnectionException">Nobody is there, or it cannot be reached; the message says why and what to do.</exception>
    public static ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        => endpoint.Transport switch
        {
            RpcTransport.Tcp => TcpTransport.ConnectAsync(endpoint, options, cancellationToken),
            RpcTransport.Tls => TlsTransport.ConnectAsync(endpoint, options, cancellationToken),
            RpcTransport.Unix => UnixTransport.ConnectAsync(endpoint, options, cancellationToken),
            _ => PipeTransport.ConnectAsync(endpoint, options, cancellationToken),
        };
}
