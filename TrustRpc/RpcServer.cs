using TrustRpc.Connections;
using TrustRpc.Diagnostics;
using TrustRpc.Discovery;
using TrustRpc.Hosting;
using TrustRpc.Services;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// A server: listens on any number of endpoints at once, with the same semantics on each, lets in who proves to hold the secret, and runs its methods for them.
/// All members are thread-safe.
/// </summary>
public sealed class RpcServer : IAsyncDisposable, IDisposable
{
    private const string StoppingMessage = "The server is stopping.";

    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(1);

    private readonly RpcServerOptions _options;
    private readonly Lock _gate = new();
    private readonly ServerListeners _listeners = new();
    private readonly ServerLife _life;
    private readonly ConnectedClients _clients;
    private volatile Acceptor? _acceptor;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="options">Null = all defaults.</param>
    public RpcServer(RpcServerOptions? options = null)
    {
        _options = options ?? new RpcServerOptions();
        Services = new RpcServices { Title = () => Name };
        _life = new ServerLife(this);
        _clients = new ConnectedClients(_life, _options.MaxConnections);
    }

    /// <summary>It listens on the endpoints of one <see cref="StartAsync(string[])"/>. What a handler of this or of any event below throws is reported through <see cref="Error"/> and has no other effect.</summary>
    public event EventHandler? Started
    {
        add => _life.Started += value;
        remove => _life.Started -= value;
    }

    /// <summary>
    /// A client that holds the secret is about to be let in; a handler may turn it away. Raised in the handshake, before the client has proven to be fresh: handlers must be quick, must not
    /// block and must change nothing. Several may run at once.
    /// </summary>
    public event EventHandler<RpcClientConnectingEventArgs>? ClientConnecting
    {
        add => _life.Connecting += value;
        remove => _life.Connecting -= value;
    }

    /// <summary>A client has connected. Raised before the first byte of its calls is read, which waits for the handlers: they must be quick. Several may run at once.</summary>
    public event EventHandler<RpcClientConnectedEventArgs>? ClientConnected
    {
        add => _life.Connected += value;
        remove => _life.Connected -= value;
    }

    /// <summary>A client's connection has ended, with the reason. Raised once for each <see cref="ClientConnected"/>, after it, on a thread of the pool.</summary>
    public event EventHandler<RpcClientDisconnectedEventArgs>? ClientDisconnected
    {
        add => _life.Disconnected += value;
        remove => _life.Disconnected -= value;
    }

    /// <summary>A method that a client called has ended. Raised on the thread that ran it, just after its answer: handlers must be quick. Calls cost a little more while somebody listens.</summary>
    public event EventHandler<RpcCallCompletedEventArgs>? CallCompleted
    {
        add => _life.CallCompleted += value;
        remove => _life.CallCompleted -= value;
    }

    /// <summary>A method failed that was not meant to, or a handler of one of these events, or somebody who listens to meters or traces (reported once for each connection).</summary>
    public event EventHandler<RpcServerErrorEventArgs>? Error
    {
        add => _life.Error += value;
        remove => _life.Error -= value;
    }

    /// <summary>The server begins to stop: connections are still there, and have what is left of the grace period. Raised once.</summary>
    public event EventHandler? Stopping
    {
        add => _life.Stopping += value;
        remove => _life.Stopping -= value;
    }

    /// <summary>The server has stopped, and every <see cref="ClientDisconnected"/> has been raised. Raised once, before <see cref="StopAsync"/> completes.</summary>
    public event EventHandler<RpcServerStoppedEventArgs>? Stopped
    {
        add => _life.Stopped += value;
        remove => _life.Stopped -= value;
    }

    /// <summary>The methods that clients may call; may be added to at any time.</summary>
    public RpcServices Services { get; }

    /// <summary>The server's name, which clients may insist on.</summary>
    public string Name => _options.Name ?? ProcessIdentity.Name;

    /// <summary>The endpoints that the server listens on, as bound: with the port that the system chose where 0 was asked for.</summary>
    public IReadOnlyList<RpcEndpoint> Endpoints => _listeners.Endpoints;

    /// <summary>The connections of the moment; each can be called.</summary>
    public IReadOnlyCollection<RpcConnection> Connections => _clients.All;

    /// <summary>Whether it has been told to stop: it takes no connections any more, and cannot be started again.</summary>
    public bool HasStopped => _listeners.HasStopped;

    /// <summary>Listens on endpoints and serves whoever connects. May be called again for more.</summary>
    /// <param name="endpoints">Addresses: <c>tcp://127.0.0.1:8888</c>, <c>tls://0.0.0.0:8889</c>, <c>unix:///run/app.sock</c>, <c>pipe://./app</c>; at least one.</param>
    /// <returns>A task that completes when all of them are bound.</returns>
    /// <exception cref="FormatException">An address is none; the message shows what one looks like.</exception>
    /// <exception cref="ArgumentException">The server's name is not 1 to 128 bytes without control characters, this platform has none of the suites that are allowed, or another option is out of its range.</exception>
    /// <exception cref="RpcConnectionException">An endpoint cannot be listened on: in use, no permission, ... None is listened on then.</exception>
    /// <exception cref="ObjectDisposedException">The server has been stopped, now or before. None is listened on then.</exception>
    /// <exception cref="TrustException">There is no usable secret, or it is too weak for a listener beyond this machine.</exception>
    public Task StartAsync(params string[] endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return StartAsync(Array.ConvertAll(endpoints, RpcEndpoint.Parse));
    }

    /// <summary>Listens on endpoints and serves whoever connects. May be called again for more.</summary>
    /// <param name="endpoints">At least one.</param>
    /// <param name="cancellationToken">Gives up binding; has no effect afterwards.</param>
    /// <returns>A task that completes when all of them are bound.</returns>
    /// <exception cref="ArgumentException">There is no endpoint, the server's name is not 1 to 128 bytes without control characters, this platform has none of the suites that are allowed, or another option is out of its range.</exception>
    /// <exception cref="RpcConnectionException">An endpoint cannot be listened on. None is listened on then.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled. None is listened on then.</exception>
    /// <exception cref="ObjectDisposedException">The server has been stopped, now or before. None is listened on then.</exception>
    /// <exception cref="TrustException">There is no usable secret, or it is too weak for a listener beyond this machine.</exception>
    public async Task StartAsync(IReadOnlyList<RpcEndpoint> endpoints, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.Count == 0)
        {
            throw new ArgumentException(
                $"There is no address to listen on: give at least one, such as tcp://127.0.0.1:8888 or unix:///run/app.sock. Streams of your own need none: {nameof(AcceptAsync)} serves them.", nameof(endpoints));
        }

        Acceptor acceptor = GetAcceptor();
        List<IStreamListener> bound = await ServerListeners
            .BindAsync(endpoints, endpoint => ListenerRules.Check(endpoint, _options, acceptor.TrustId), TransportOptions(), cancellationToken).ConfigureAwait(false);
        await _listeners.ServeAsync(bound, acceptor, Name).ConfigureAwait(false);
        _life.RaiseStarted();
    }

    /// <summary>Serves the peer at the other end of a duplex stream: makes it prove itself first.</summary>
    /// <param name="stream">Owned by the server from here on, also where the handshake fails. Nothing is known of where it leads, so it is sealed.</param>
    /// <param name="cancellationToken">Gives up the handshake; has no effect afterwards.</param>
    /// <returns>The connection; it is served until it ends. Where it has lost the last place to another one during its handshake, or the server has stopped meanwhile, it was turned away and has ended.</returns>
    /// <exception cref="ArgumentException">An option of the server's is out of its range.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the peer could not prove itself.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server has been stopped.</exception>
    public async Task<RpcConnection> AcceptAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        StreamLink link = new(stream);
        RpcConnection connection;
        try
        {
            connection = await GetAcceptor().ProveAsync(link, null, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            link.Abort();
            throw;
        }

        if (Admit(connection))
        {
            connection.Start();
        }
        else
        {
            // Whoever accepts has it in hand how many are on their way out at once.
            await connection.Closed.ConfigureAwait(false);
        }

        return connection;
    }

    /// <summary>
    /// Stops in order: listens no longer, tells every client, lets running methods finish for the grace period and ends the rest, answers, closes, and removes socket files.
    /// Never throws; a second call shortens the grace period of the first to its own.
    /// </summary>
    /// <remarks>
    /// A method of this server's that awaits it is itself one of the running methods: it waits for itself until the grace period is over, and for ever where that is infinite. Such a method
    /// begins it and returns (<c>_ = server.StopAsync();</c>): its caller then gets its answer.
    /// </remarks>
    /// <param name="grace">How long running methods may go on; null = <see cref="RpcServerOptions.DrainTimeout"/>, zero = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = as long as they take.</param>
    /// <returns>
    /// A task that completes when every connection has ended and that has been reported; within a handler of <see cref="ClientConnected"/>, <see cref="ClientDisconnected"/> or <see cref="Stopped"/>,
    /// which these reports wait for, when every connection has ended.
    /// </returns>
    public async Task StopAsync(TimeSpan? grace = null)
    {
        _listeners.TakeNoMore();
        _clients.TakeNoMore();
        await _listeners.CloseAsync().ConfigureAwait(false);
        _life.RaiseStopping();
        TimeSpan drain = grace ?? _options.DrainTimeout;
        await Task.WhenAll(_clients.All.Select(connection => connection.CloseAsync(drain))).ConfigureAwait(false);
        Task reporting = ReportEndAsync();
        if (!_life.IsWaitedFor)
        {
            await reporting.ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="StopAsync"/> without a grace period.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    /// <summary>As <see cref="DisposeAsync"/>, blocking the calling thread. Needs free threads of the pool: there the ends of connections are told, and <see cref="Stopped"/> is raised.</summary>
    public void Dispose()
    {
        WorkQueue.BeforeBlocking();
        Task.Run(() => StopAsync(TimeSpan.Zero)).GetAwaiter().GetResult();
    }

    private async Task ReportEndAsync()
    {
        await _clients.WhenEmpty().ConfigureAwait(false);
        await _life.RaiseStoppedAsync().ConfigureAwait(false);
    }

    private Acceptor GetAcceptor()
    {
        if (_listeners.HasStopped)
        {
            throw new ObjectDisposedException(nameof(RpcServer), "The server has been stopped, and does not start again: make a new one.");
        }

        return _acceptor ?? Use(MakeAcceptor(out IReadOnlyList<TrustId> secrets, out MethodDescriptor? statistics), secrets, statistics);
    }

    // The first that was made counts. Only what is the server's own is done under the lock, and whoever listens to the log is the program's.
    private Acceptor Use(Acceptor made, IReadOnlyList<TrustId> secrets, MethodDescriptor? statistics)
    {
        lock (_gate)
        {
            if (_acceptor is { } first)
            {
                return first;
            }

            if (statistics is not null)
            {
                // Last, because it is done once, and whoever has been told of an option out of its range may start again.
                Services.AddReserved(statistics);
            }

            _acceptor = made;
        }

        SecretAdvice.Log(secrets);
        return made;
    }

    private Acceptor MakeAcceptor(out IReadOnlyList<TrustId> secrets, out MethodDescriptor? statisticsMethod)
    {
        TrustLimits.CheckName(Name, nameof(RpcServerOptions.Name));
        _ = OptionRanges.Checked(_options);
        bool fromEnvironment = _options.TrustId is null;
        TrustId trustId = _options.TrustId ?? TrustId.FromEnvironment();
        IReadOnlyList<TrustId> previous = _options.PreviousTrustIds ?? (fromEnvironment ? TrustId.PreviousFromEnvironment() : []);
        secrets = [trustId, .. previous];
        CallStatistics? statistics = _options.AllowStatistics is null ? null : new();
        TimeProvider time = _options.TimeProvider;
        statisticsMethod = statistics is null ? null : StatsMethod.Of(_options.AllowStatistics!, statistics, () => Connections, time.GetUtcNow(), time);
        return new Acceptor(_options, Services, trustId, previous, Name, Admit) { Refusal = WhyNot, Statistics = statistics, Watch = _life };
    }

    private string FullMessage => $"The server has as many connections as it takes: {_options.MaxConnections}.";

    private TrustRefusal? WhyNot(string id, string name)
        => _listeners.HasStopped ? TrustRefusal.Locked(StoppingMessage)
        : _clients.IsFull ? TrustRefusal.Busy(FullMessage, BusyRetry)
        : _life.RaiseConnecting(id, name);

    // A place is taken by those alone who have proven to be fresh, else a recorded hello, sent over and over, would take them all. So the last one may have gone to another while this client's
    // handshake went on, or the server be stopping; what it has sent meanwhile is answered with "not executed".
    private bool Admit(RpcConnection connection)
    {
        if (_clients.TryAdd(connection))
        {
            return true;
        }

        connection.Start();
        _ = connection.CloseAsync(_listeners.HasStopped ? StoppingMessage : FullMessage);
        return false;
    }

    private TransportOptions TransportOptions() => new()
    {
        Certificate = _options.Certificate,
        AllowOtherUsers = _options.AllowOtherUsersOnPipes,
        HasReaderThread = _options.LowLatency,
        HasAcceptThread = true,
        AcceptFailed = RpcEventSource.AcceptFailed,
        TurnedAway = RpcEventSource.HandshakeRefused,
        TimeProvider = _options.TimeProvider,
    };
}
