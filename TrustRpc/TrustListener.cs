using System.Threading.Channels;
using TrustRpc.Diagnostics;
using TrustRpc.Hosting;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// Listens on one endpoint and hands out streams to peers that have proven to hold the secret: for protocols of the program's own. <see cref="RpcServer"/> is for calls.
/// All members are thread-safe.
/// </summary>
/// <remarks>Handshakes run side by side and each under its deadline: a silent or hostile peer holds up nobody.</remarks>
public sealed class TrustListener : IAsyncDisposable
{
    private readonly IStreamListener _listener;
    private readonly Task _accepting;
    private readonly Channel<TrustStream> _proven;

    private TrustListener(IStreamListener listener, RpcServerOptions options, TrustId trustId, IReadOnlyList<TrustId> previous)
    {
        _listener = listener;
        _proven = Channel.CreateBounded<TrustStream>(options.MaxConnections);
        Acceptor acceptor = new(options, new RpcServices(), trustId, previous, options.Name ?? ProcessIdentity.Name, static _ => false)
        {
            TakeStream = Take,
            Refusal = (_, _) => _proven.Reader.Count < options.MaxConnections ? null : TrustRefusal.Busy("Nobody takes the connections that wait here.", TimeSpan.FromSeconds(1)),
        };
        RpcEventSource.Log.Listening(Endpoint.ToString(), options.Name ?? ProcessIdentity.Name, trustId.Fingerprint);
        _accepting = acceptor.AcceptAllAsync(listener);
    }

    /// <summary>The endpoint as bound: with the port that the system chose where 0 was asked for.</summary>
    public RpcEndpoint Endpoint => _listener.Endpoint;

    /// <summary>Starts to listen.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="options">Null = all defaults. What is about calls alone has no effect; of the connections, those that wait to be accepted count.</param>
    /// <param name="cancellationToken">Gives up binding; has no effect afterwards.</param>
    /// <returns>A listener, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">The endpoint cannot be listened on: in use, no permission, ...</exception>
    /// <exception cref="TrustException">There is no usable secret, or it is too weak for a listener beyond this machine.</exception>
    /// <exception cref="ArgumentException">The server's name is not 1 to 128 bytes without control characters, or another option is out of its range; nothing is listened on.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<TrustListener> ListenAsync(RpcEndpoint endpoint, RpcServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= new RpcServerOptions();
        TrustLimits.CheckName(options.Name ?? ProcessIdentity.Name, nameof(RpcServerOptions.Name));
        _ = IConnectionOptions.SettingsOf(OptionRanges.Checked(options));
        TrustId trustId = options.TrustId ?? TrustId.FromEnvironment();
        IReadOnlyList<TrustId> previous = options.PreviousTrustIds ?? (options.TrustId is null ? TrustId.PreviousFromEnvironment() : []);
        ListenerRules.Check(endpoint, options, trustId);
        SecretAdvice.Log([trustId, .. previous]);
        TransportOptions transport = new()
        {
            Certificate = options.Certificate,
            AllowOtherUsers = options.AllowOtherUsersOnPipes,
            HasAcceptThread = true,
            AcceptFailed = RpcEventSource.AcceptFailed,
            TurnedAway = RpcEventSource.HandshakeRefused,
            TimeProvider = options.TimeProvider,
        };
        return new TrustListener(await Transport.ListenAsync(endpoint, transport, cancellationToken).ConfigureAwait(false), options, trustId, previous);
    }

    /// <summary>Waits for the next peer that has proven itself.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost.</param>
    /// <returns>The stream to it, to be disposed by the caller; null once the listener was disposed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the listener goes on.</exception>
    public async ValueTask<TrustStream?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _proven.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_proven.Reader.TryRead(out TrustStream? stream))
            {
                return stream;
            }
        }

        return null;
    }

    /// <summary>Stops listening, and closes the connections that nobody has accepted. Those that were accepted are not touched.</summary>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _proven.Writer.TryComplete();
        while (_proven.Reader.TryRead(out TrustStream? stream))
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Of those that were let into the handshake for the last place, all but the first are closed.
    private void Take(TrustStream stream)
    {
        if (!_proven.Writer.TryWrite(stream))
        {
            stream.Dispose();
        }
    }
}
