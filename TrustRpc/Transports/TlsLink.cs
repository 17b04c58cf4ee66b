using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace TrustRpc.Transports;

/// <summary>TLS over one TCP connection; the roles differ in how they open it.</summary>
internal abstract class TlsLink(TcpLink tcp) : TransportLink
{
    private SslStream? _tls;

    public sealed override Stream Stream => _tls ?? throw new InvalidOperationException("The TLS link has not been opened.");

    public sealed override TrustChannel Channel => TrustChannel.Tls;

    public sealed override RpcTransport Transport => RpcTransport.Tls;

    public sealed override string RemoteAddress => tcp.RemoteAddress;

    public sealed override Func<bool>? SpinWhile
    {
        set => tcp.SpinWhile = value;
    }

    public sealed override Func<TimeSpan, TimeSpan>? Patience
    {
        set => tcp.Patience = value;
    }

    /// <exception cref="TrustException">The server's certificate is not the one that was asked for.</exception>
    /// <exception cref="RpcConnectionException">The TLS handshake failed.</exception>
    public sealed override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        var tls = new SslStream(tcp.Stream, leaveInnerStreamOpen: false);
        try
        {
            await AuthenticateAsync(tls, cancellationToken).ConfigureAwait(false);
            _tls = tls;
        }
        catch (Exception e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            if (e is AuthenticationException or IOException or CryptographicException or ObjectDisposedException) // The last two: a certificate that was disposed too early.
                throw Failure(e);
            throw;
        }
    }

    /// <summary>The farewell of TLS, then that of TCP. Nobody waits for it: a peer that takes no byte must not hold up the end.</summary>
    public sealed override void HalfClose() => _ = HalfCloseAsync();

    public sealed override void Abort() => tcp.Abort();

    public sealed override ValueTask DisposeAsync() => _tls?.DisposeAsync() ?? tcp.DisposeAsync();

    protected abstract Task AuthenticateAsync(SslStream tls, CancellationToken cancellationToken);

    protected abstract Exception Failure(Exception cause);

    private async Task HalfCloseAsync()
    {
        try
        {
            if (_tls is not null)
                await _tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or NotSupportedException)
        {
            // Broken, closed, or another write is under way: the end of TCP alone says it then.
        }

        tcp.HalfClose();
    }
}
