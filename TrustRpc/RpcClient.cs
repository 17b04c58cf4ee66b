using TrustRpc.Connections;
using TrustRpc.Hosting;
using TrustRpc.Messages;

namespace TrustRpc;

/// <summary>A client of one server: connects, proves that it holds the secret, makes the server prove the same, and calls. All members are thread-safe.</summary>
/// <remarks>
/// <para>
/// Dispose it to end the connection in order; <c>await using</c> waits for the server's end for up to 2 s, <c>using</c> blocks for it. The options stay the caller's.
/// </para>
/// <para>
/// With <see cref="RpcClientOptions.Reconnect"/> set it connects again by itself, and moves on to another connection when the server says that it is going away. Calls wait meanwhile, and
/// one is tried again where it is certain that it was not executed, or where it is marked idempotent (<see cref="RpcCallOptions.Idempotent"/>); its arguments must not be changed before it has ended.
/// <c>docs/DISCONNECTING.md</c> lists what each side sees of every way in which a call or a connection can end.
/// </para>
/// </remarks>
public sealed class RpcClient : RpcCaller, IAsyncDisposable, IDisposable
{
    private readonly RpcConnection _connection;
    private readonly ClientStates _states;
    private readonly Reconnector? _reconnector;
    private readonly ReconnectingCalls? _calls;

    private RpcClient(RpcConnection connection, RpcClientOptions options, Redialer? redialer)
    {
        _connection = connection;
        _states = new ClientStates(() => StateChanged is not null, change => StateChanged?.Invoke(this, change));
        Services = options.Services;
        if (options.Reconnect is { } reconnect && redialer is not null)
        {
            _reconnector = new Reconnector(connection, redialer, _states);
            _calls = new ReconnectingCalls(_reconnector, reconnect, options.CallTimeout, options.TimeProvider);
        }
        else
        {
            connection.OnEnd((_, reason) => _states.Change(RpcClientState.Closed, reason));
        }
    }

    /// <summary>
    /// The state changed. Raised on a thread of the pool, in order, one at a time; a handler that takes its time holds up nothing but further such events. What a handler throws is logged and has no
    /// other effect.
    /// </summary>
    public event EventHandler<RpcStateChangedEventArgs>? StateChanged;

    /// <summary>Whether the client can call.</summary>
    public RpcClientState State => _states.State;

    /// <summary>The server at the other end; while reconnecting, the one of the last connection.</summary>
    public RpcPeer Server => Connection.Peer;

    /// <summary>The methods that the server may call on this client; may be added to at any time.</summary>
    public RpcServices Services { get; }

    /// <summary>Completes when the client is closed for good, with the reason as a sentence: with its connection where it does not reconnect. Never faults.</summary>
    public Task<string> Closed => _reconnector?.Closed ?? _connection.Closed;

    /// <summary>The current connection, else the last one.</summary>
    internal RpcConnection Connection => _reconnector?.Latest ?? _connection;

    internal override TimeProvider Time => _connection.Time;

    /// <summary>Connects to a server.</summary>
    /// <param name="endpoint">Its address: <c>tcp://host:port</c>, <c>tls://host:port</c>, <c>unix:///path</c>, <c>unix:relative</c>, <c>pipe://./name</c>.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="FormatException">The address is none; the message shows what one looks like.</exception>
    /// <exception cref="RpcConnectionException">Nobody listens there, or it cannot be reached.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<RpcClient> ConnectAsync(string endpoint, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
        => ConnectAsync(RpcEndpoint.Parse(endpoint), options, cancellationToken);

    /// <summary>Connects to a server.</summary>
    /// <param name="endpoint">Its address.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">Nobody listens there, or it cannot be reached.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<RpcClient> ConnectAsync(RpcEndpoint endpoint, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
        => ConnectAsync((RpcEndpoint[])[endpoint], options, cancellationToken);

    /// <summary>Connects to a server that may be found at several addresses: the first one that can be connected, in their order, now and each time the client reconnects.</summary>
    /// <param name="endpoints">Its addresses, at least one: <c>["unix:///run/app.sock", "tcp://app.example.org:8888"]</c>.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="FormatException">An address is none; the message shows what one looks like.</exception>
    /// <exception cref="RpcConnectionException">None can be reached; the message says why for each.</exception>
    /// <exception cref="TrustException">There is no usable secret, or none can be connected and one is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or there is no endpoint; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<RpcClient> ConnectAsync(IReadOnlyList<string> endpoints, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return ConnectAsync([.. endpoints.Select(RpcEndpoint.Parse)], options, cancellationToken);
    }

    /// <summary>Connects to a server that may be found at several addresses: the first one that can be connected, in their order, now and each time the client reconnects.</summary>
    /// <param name="endpoints">Its addresses, at least one.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">None can be reached; the message says why for each.</exception>
    /// <exception cref="TrustException">There is no usable secret, or none can be connected and one is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or there is no endpoint; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<RpcClient> ConnectAsync(IReadOnlyList<RpcEndpoint> endpoints, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
        => ConnectAsync(endpoints, options, blocks: false, cancellationToken);

    private static async Task<RpcClient> ConnectAsync(IReadOnlyList<RpcEndpoint> endpoints, RpcClientOptions? options, bool blocks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.Count == 0)
        {
            throw new ArgumentException("There is no address to connect to: give at least one, such as tcp://127.0.0.1:8888 or unix:///run/app.sock.", nameof(endpoints));
        }

        options ??= new RpcClientOptions();
        Dialer dialer = DialerOf(options);
        DialTarget[] targets = new DialTarget[endpoints.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = dialer.To(endpoints[i]);
        }

        return await ConnectToAsync(targets, options, cancellationToken, blocks).ConfigureAwait(false);
    }

    /// <summary>Connects over a duplex stream of the caller's. Nothing is known of where it leads, so it is sealed.</summary>
    /// <param name="stream">Owned by the client from here on, also where the handshake fails. Blocking calls on it need a free thread of the pool.</param>
    /// <param name="options">Null = all defaults. <see cref="RpcClientOptions.Reconnect"/> must be null: a stream leads nowhere a second time.</param>
    /// <param name="cancellationToken">Gives up the handshake; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or <see cref="RpcClientOptions.Reconnect"/> is set; nothing was sent, and the stream is still the caller's.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<RpcClient> ConnectAsync(Stream stream, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new RpcClientOptions();
        if (options.Reconnect is not null)
        {
            throw new ArgumentException("A client over a stream cannot reconnect: leave RpcClientOptions.Reconnect null, or connect to an address.", nameof(options));
        }

        return new RpcClient(await DialerOf(options).ConnectAsync(stream, cancellationToken).ConfigureAwait(false), options, null);
    }

    /// <summary>
    /// As <see cref="ConnectAsync(string, RpcClientOptions, CancellationToken)"/>, with the same exceptions, blocking the calling thread and needing no free one of the pool: with <see cref="RpcReconnectOptions.IncludeFirstConnection"/> until a
    /// server is there.
    /// </summary>
    /// <param name="endpoint">The server's address.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    public static RpcClient Connect(string endpoint, RpcClientOptions? options = null)
    {
        WorkQueue.BeforeBlocking();
        return ConnectAsync([RpcEndpoint.Parse(endpoint)], options, blocks: true, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>
    /// As <see cref="ConnectAsync(IReadOnlyList{string}, RpcClientOptions, CancellationToken)"/>, with the same exceptions, blocking the calling thread and needing no free one of the pool: with
    /// <see cref="RpcReconnectOptions.IncludeFirstConnection"/> until a server is there.
    /// </summary>
    /// <param name="endpoints">The server's addresses.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    public static RpcClient Connect(IReadOnlyList<string> endpoints, RpcClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        WorkQueue.BeforeBlocking();
        return ConnectAsync([.. endpoints.Select(RpcEndpoint.Parse)], options, blocks: true, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Ends the connection in order, and reconnecting at once: calls that wait for it fail. Never throws.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    /// <summary>
    /// As <see cref="DisposeAsync"/>, blocking the calling thread for up to 2 s. Never throws. Needs no free thread of the pool where the server says goodbye in turn; that a silent one has been waited for long enough
    /// is told on one, and so is the end of a connection that was aborted.
    /// </summary>
    public void Dispose()
    {
        WorkQueue.BeforeBlocking();
        CloseAsync().GetAwaiter().GetResult();
    }

    /// <summary>Connects to the first of several places, and blocks the calling thread until one is there where it may do that; the tests' way in.</summary>
    internal static async Task<RpcClient> ConnectToAsync(IReadOnlyList<DialTarget> targets, RpcClientOptions options, CancellationToken cancellationToken, bool blocks = false)
    {
        FallbackDialer dialer = new(targets, options.TimeProvider);
        if (options.Reconnect is not { } reconnect)
        {
            Task<RpcConnection> connecting = dialer.ConnectAsync(cancellationToken);
            FirstCall.Prepare();
            return new RpcClient(await connecting.ConfigureAwait(false), options, null);
        }

        Redialer redialer = new(dialer, reconnect, options.TimeProvider);
        RpcConnection first = reconnect.IncludeFirstConnection && blocks
            ? redialer.Connect(cancellationToken)
            : await (reconnect.IncludeFirstConnection ? redialer.ConnectAsync(cancellationToken) : dialer.ConnectAsync(cancellationToken)).ConfigureAwait(false);
        return new RpcClient(first, options, redialer);
    }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => _calls is null
            ? _connection.InvokeAsync<T>(method, arguments, settings, cancellationToken)
            : _calls.InvokeAsync<T>(method, arguments, settings, cancellationToken);

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => _calls is null
            ? _connection.InvokeBlocking<T>(method, arguments, settings, cancellationToken)
            : _calls.InvokeBlocking<T>(method, arguments, settings, cancellationToken);

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
        => _calls is null
            ? _connection.SendNotificationAsync(method, arguments, cancellationToken)
            : _calls.SendNotificationAsync(method, arguments, cancellationToken);

    private static Dialer DialerOf(RpcClientOptions options) => new(options, options.TrustId ?? TrustId.FromEnvironment());

    private Task CloseAsync() => _reconnector?.DisposeAsync().AsTask() ?? _connection.CloseAsync();
}
