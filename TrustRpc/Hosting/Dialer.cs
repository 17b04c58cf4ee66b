using TrustRpc.Connections;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc.Hosting;

/// <summary>The client's way to a connection: dial, prove, and start it. Programs without RPC stop at the proof.</summary>
/// <exception cref="ArgumentException">An option is out of its range.</exception>
internal sealed class Dialer(RpcClientOptions options, TrustId trustId)
{
    private static int _hasPreparedKeys;

    private readonly Lazy<string> _clientId = new(() => options.ClientId ?? ProcessIdentity.NewClientId());
    private readonly ConnectionSettings _settings = IConnectionOptions.SettingsOf(OptionRanges.Checked(options));

    /// <summary>Connects to an endpoint; the connection has been started.</summary>
    public Task<RpcConnection> ConnectAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
    {
        // Not only in the handshake, which there may never be.
        SecretAdvice.LogOnce(trustId);
        Task<RpcConnection> connecting = ConnectThread.RunAsync(
            () => DialAsync(endpoint, hasReaderThread: true, (link, stream) => Connect(link, stream, endpoint), cancellationToken),
            static _ => true,
            ReaderThread.TryRun);
        if (Interlocked.Exchange(ref _hasPreparedKeys, 1) == 0)
        {
            PrepareKeys(endpoint);
        }

        return connecting;
    }

    /// <summary>An endpoint as a place to connect to.</summary>
    public DialTarget To(RpcEndpoint endpoint) => new(endpoint.ToString(), cancellationToken => ConnectAsync(endpoint, cancellationToken));

    /// <summary>Connects over a stream of the caller's; the connection has been started.</summary>
    public async Task<RpcConnection> ConnectAsync(Stream stream, CancellationToken cancellationToken)
    {
        StreamLink link = new(stream);
        RpcConnection connection = Connect(link, await ProveAsync(link, null, options.ConnectTimeout, early: true, cancellationToken).ConfigureAwait(false), null);
        connection.Start();
        return connection;
    }

    /// <summary>The proven stream itself; disposing it closes the connection.</summary>
    public Task<TrustStream> OpenAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
        => DialAsync(endpoint, hasReaderThread: false, static (_, stream) => stream, cancellationToken);

    // Loading the system's cryptography takes a process some milliseconds: this thread would only wait while the other one makes its first socket. A text that is stretched takes longer than it may be held up.
    private void PrepareKeys(RpcEndpoint endpoint)
    {
        if (trustId.IsGenerated)
        {
            _ = trustId.Keys;
        }

        if (endpoint.Mode != HandshakeMode.Plain && endpoint.Transport != RpcTransport.Tls)
        {
            EphemeralKey.Prepare();
        }
    }

    private async Task<T> DialAsync<T>(
        RpcEndpoint endpoint, bool hasReaderThread, Func<TransportLink, TrustStream, T> use, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        long started = options.TimeProvider.GetTimestamp();
        TransportLink? link = null;
        try
        {
            link = await Transport.ConnectAsync(endpoint, TransportOptions(hasReaderThread), either.Token).ConfigureAwait(false);
            await link.OpenAsync(either.Token).ConfigureAwait(false);
            T used = use(link, await ProveAsync(link, endpoint, TimeLeft(started), early: hasReaderThread, either.Token).ConfigureAwait(false));
            link = null;
            return used;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw link is null
                ? new RpcConnectionException($"{endpoint} did not answer within {options.ConnectTimeout.TotalSeconds:0.#} s.", new TimeoutException())
                : new TrustException(TrustFailure.TimedOut, $"{endpoint} timed out: it did not finish the handshake within {options.ConnectTimeout.TotalSeconds:0.#} s.");
        }
        finally
        {
            if (link is not null)
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private Task<TrustStream> ProveAsync(TransportLink link, RpcEndpoint? endpoint, TimeSpan timeout, bool early, CancellationToken cancellationToken)
    {
        link.ConnectedAt = options.TimeProvider.GetUtcNow();
        return TrustStream.AuthenticateAsClientAsync(link.Stream, TrustOptions(link, endpoint, timeout, early), cancellationToken);
    }

    private RpcConnection Connect(TransportLink link, TrustStream stream, RpcEndpoint? endpoint)
    {
        TrustedLink trusted = new(link, stream);
        ConnectionSettings settings = trusted.Agree(_settings with { HasReaderThread = link.Transport != RpcTransport.Stream });
        RpcConnection connection = new(trusted, trusted.Peer(endpoint), options.Services, settings);
        link.SpinWhile = options.LowLatency ? () => connection.HasCallsInFlight : null;
        return connection;
    }

    private TrustClientOptions TrustOptions(TransportLink link, RpcEndpoint? endpoint, TimeSpan timeout, bool early) => new()
    {
        TrustId = trustId,
        ClientId = _clientId.Value,
        ClientName = options.ClientName ?? ProcessIdentity.Name,
        ServerName = options.ServerName,
        Channel = link.Channel,
        Certificate = link.Certificate,
        Modes = endpoint?.Mode is { } mode ? [mode] : null,
        Suites = options.Suites,
        MaxFrameLength = options.MaxFrameLength,
        Timeout = timeout,
        TimeProvider = options.TimeProvider,
        CompleteEarly = early, // For a connection, which is read from its first moment on.
    };

    // The deadline of the whole goes on until the welcome has been read, which is after connecting.
    private TimeSpan TimeLeft(long started)
    {
        TimeSpan left = options.ConnectTimeout - options.TimeProvider.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1);
    }

    private TransportOptions TransportOptions(bool hasReaderThread) => new()
    {
        PinnedCertificateSha256 = options.PinnedCertificateSha256,
        RequireTrustedCertificate = options.RequireTrustedCertificate,
        AllowOtherUsers = options.AllowOtherUsersOnPipes,
        HasReaderThread = hasReaderThread,
        ConnectTimeout = options.ConnectTimeout,
        TimeProvider = options.TimeProvider,
    };
}
