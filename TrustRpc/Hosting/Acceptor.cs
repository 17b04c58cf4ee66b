using TrustRpc.Connections;
using TrustRpc.Diagnostics;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc.Hosting;

/// <summary>The server's way to a connection: accept, make the peer prove itself under a deadline, and hand the connection on. One for all listeners.</summary>
internal sealed class Acceptor(
    RpcServerOptions options, RpcServices services, TrustId trustId, IReadOnlyList<TrustId> previous, string name, Func<RpcConnection, bool> admit)
{
    private readonly ConnectionSettings _settings = IConnectionOptions.SettingsOf(OptionRanges.Checked(options));
    private readonly HandshakeGate _gate = new(options.MaxUnauthenticatedConnections, options.MaxUnauthenticatedConnectionsPerAddress);
    private volatile ConnectionSettings? _lastAgreed;

    public TrustId TrustId => trustId;

    /// <summary>Given id and name of a proven client: why it is refused before it is told anything else; null = it is not.</summary>
    public Func<string, string, TrustRefusal?> Refusal { get; init; } = (_, _) => null;

    /// <summary>Who is told how methods end; null = nobody.</summary>
    public ICallWatch? Watch { get; init; }

    /// <summary>What calls are counted in; null = they are not counted.</summary>
    public CallStatistics? Statistics { get; init; }

    /// <summary>Takes the proven streams of a program without RPC; null = they become connections.</summary>
    public Action<TrustStream>? TakeStream { get; init; }

    /// <summary>Accepts until the listener has stopped. No handshake holds up the next accept: a silent peer costs a slot and some seconds, and nobody waits for it.</summary>
    public Task AcceptAllAsync(IStreamListener listener)
    {
        if (!listener.Blocks)
        {
            return Task.Run(() => AcceptAndServeAsync(listener));
        }

        return new AcceptThreads(
            listener,
            isLetIn: link => IsLetInAsync(link, listener.Endpoint).AsTask().GetAwaiter().GetResult(),
            serve: link => _ = ServeAsync(link, listener.Endpoint, RunHere(link)),
            serveElsewhere: link => _ = ServeAsync(link, listener.Endpoint, options.LowLatency ? ReaderThread.TryRun : Nowhere)).RunAsync();
    }

    private async Task AcceptAndServeAsync(IStreamListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } link)
        {
            if (await IsLetInAsync(link, listener.Endpoint).ConfigureAwait(false))
            {
                _ = ServeAsync(link, listener.Endpoint, Lend(link));
            }
        }
    }

    private async ValueTask<bool> IsLetInAsync(TransportLink link, RpcEndpoint endpoint)
    {
        if (_gate.TryEnter(link.RemoteAddress))
        {
            return true;
        }

        RpcEventSource.Log.HandshakeRefused(link.RemoteAddress, endpoint.ToString(), "too many connections have not finished the handshake");
        await link.DisposeAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Makes the peer at the other end of a stream prove itself; throws where it cannot.</summary>
    public async Task<RpcConnection> ProveAsync(TransportLink link, RpcEndpoint? endpoint, CancellationToken cancellationToken)
        => Connect(link, await AuthenticateAsync(link, endpoint, cancellationToken).ConfigureAwait(false), endpoint);

    private async Task<TrustStream> AuthenticateAsync(TransportLink link, RpcEndpoint? endpoint, CancellationToken cancellationToken)
    {
        link.ConnectedAt = options.TimeProvider.GetUtcNow();
        using CancellationTokenSource deadline = new(options.HandshakeTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await link.OpenAsync(either.Token).ConfigureAwait(false);
            return await TrustStream.AuthenticateAsServerAsync(link.Stream, TrustOptions(link, endpoint), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TrustException(TrustFailure.TimedOut, $"The client did not finish the handshake within {options.HandshakeTimeout.TotalSeconds:0.#} s: timed out.");
        }
    }

    private async Task ServeAsync(TransportLink link, RpcEndpoint endpoint, Func<Action, bool> tryRun)
    {
        string address = link.RemoteAddress;
        int hasLeft = 0;
        try
        {
            if (TakeStream is { } take)
            {
                take(await AuthenticateAsync(link, endpoint, CancellationToken.None).ConfigureAwait(false));
                return;
            }

            Task? leaves = null;
            await ConnectThread.RunAsync(() => ProveAsync(link, endpoint, CancellationToken.None), Admits, tryRun).ConfigureAwait(false);
            if (leaves is not null)
            {
                // It has its place in the handshake until it has gone: however many are turned away, no more than these are on their way out.
                await leaves.ConfigureAwait(false);
            }

            bool Admits(RpcConnection connection)
            {
                bool isIn = admit(connection);
                leaves = isIn ? null : connection.Closed;
                if (isIn)
                {
                    // Before it is served, not when a thread of the pool comes to it: where those are all busy, whoever connects next would find its place taken.
                    Leave();
                }

                return isIn;
            }
        }
        catch (Exception e)
        {
            // Whatever went wrong, over whichever transport: this peer is not let in, and its link is nobody else's to close.
            RpcEventSource.Log.HandshakeRefused(address, endpoint.ToString(), e.Message);
            await link.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }

        void Leave()
        {
            if (Interlocked.Exchange(ref hasLeft, 1) == 0)
            {
                _gate.Leave(address);
            }
        }
    }

    // Where all the threads to lend are lent, the connection begins without one.
    private Func<Action, bool> Lend(TransportLink link) => work =>
    {
        link.Patience = ReaderThread.Patience;
        if (options.LowLatency ? ReaderThread.TryRun(work) : ReaderThread.TryLend(work))
        {
            return true;
        }

        link.Patience = null;
        return false;
    };

    private static Func<Action, bool> RunHere(TransportLink link) => work =>
    {
        link.Patience = ReaderThread.Patience;
        work();
        EphemeralKey.Replace(); // The thread has nothing else to do now, and the next connection need not wait for its key.
        return true;
    };

    private static bool Nowhere(Action work) => false;

    private RpcConnection Connect(TransportLink link, TrustStream stream, RpcEndpoint? endpoint)
    {
        TrustedLink trusted = new(link, stream);
        RpcPeer peer = trusted.Peer(endpoint);
        bool hasThread = options.LowLatency && link.Transport != RpcTransport.Stream;
        link.SpinWhile = hasThread ? static () => true : null;
        if (RpcEventSource.Log.IsEnabled())
        {
            string where = endpoint?.ToString() ?? "a stream";
            RpcEventSource.Log.Connected(peer.Session, peer.Name, peer.Id, peer.Address, where, $"{peer.Mode}");
            RpcEventSource.Log.AuditConnected(peer.Session, peer.Name, peer.Id, peer.Address);
        }

        ConnectionSettings agreed = trusted.Agree(_settings with { HasReaderThread = hasThread, Authorize = options.Authorize, Statistics = Statistics, Watch = Watch });
        return new RpcConnection(trusted, peer, services, Shared(agreed));
    }

    // Most clients agree to the same: their connections need not hold it once each.
    private ConnectionSettings Shared(ConnectionSettings agreed)
    {
        if (_lastAgreed is { } last && last == agreed)
        {
            return last;
        }

        return _lastAgreed = agreed;
    }

    private TrustServerOptions TrustOptions(TransportLink link, RpcEndpoint? endpoint) => new()
    {
        TrustId = trustId,
        PreviousTrustIds = previous,
        ServerName = name,
        Channel = link.Channel,
        Certificate = link.Certificate,
        Modes = endpoint?.Mode is { } mode ? [mode] : null,
        Suites = options.Suites,
        MaxFrameLength = options.MaxFrameLength,
        MaxCalls = options.MaxCallsPerConnection,
        KeepAlive = options.KeepAlive,
        Timeout = Timeout.InfiniteTimeSpan, // The token that goes with it has the deadline of the whole, TLS included.
        TimeProvider = options.TimeProvider,
        Admit = Refusal,
        IsEndedByDisposal = link.IsEndedByDisposal,
    };
}
