using TrustRpc.Connections;
using TrustRpc.Hosting;
using TrustRpc.Messages;

namespace TrustRpc;

/// <summary>A client of one server: connects, proves that it holds the secret, makes the server prove the same, and calls. All members are thread-safe.</summary>
/// <remarks>
/// Dispose it to end the connection in order; <c>await using</c> waits for the server's end for up to 2 s, <c>using</c> blocks for it. The options stay the caller's.
/// </remarks>
public sealed class RpcClient : RpcCaller, IAsyncDisposable, IDisposable
{
    private readonly RpcConnection _connection;

    private RpcClient(RpcConnection connection, RpcServices services)
    {
        _connection = connection;
        Services = services;
    }

    /// <summary>The server at the other end.</summary>
    public RpcPeer Server => _connection.Peer;

    /// <summary>The methods that the server may call on this client; may be added to at any time.</summary>
    public RpcServices Services { get; }

    /// <summary>Completes when the connection has ended, with the reason as a sentence. Never faults.</summary>
    public Task<string> Closed => _connection.Closed;

    /// <summary>Connects to a server.</summary>
    /// <param name="endpoint">Its address: <c>tcp://host:port</c>, <c>tls://host:port</c>, <c>unix:///path</c>, <c>unix:relative</c>, <c>pipe://./name</c>.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="FormatException">The address is none; the message shows what one looks like.</exception>
    /// <exception cref="RpcConnectionException">Nobody listens there, or it cannot be reached.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    public static Task<RpcClient> ConnectAsync(string endpoint, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
        => ConnectAsync(RpcEndpoint.Parse(endpoint), options, cancellationToken);

    /// <summary>Connects to a server.</summary>
    /// <param name="endpoint">Its address.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up connecting; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">Nobody listens there, or it cannot be reached.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    public static async Task<RpcClient> ConnectAsync(RpcEndpoint endpoint, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= new RpcClientOptions();
        return new RpcClient(await DialerOf(options).ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false), options.Services);
    }

    /// <summary>Connects over a duplex stream of the caller's. Nothing is known of where it leads, so it is sealed.</summary>
    /// <param name="stream">Owned by the client from here on, also where the handshake fails. Blocking calls on it need a free thread of the pool.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <param name="cancellationToken">Gives up the handshake; has no effect afterwards.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    public static async Task<RpcClient> ConnectAsync(Stream stream, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new RpcClientOptions();
        return new RpcClient(await DialerOf(options).ConnectAsync(stream, cancellationToken).ConfigureAwait(false), options.Services);
    }

    /// <summary>As <see cref="ConnectAsync(string, RpcClientOptions, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <param name="endpoint">The server's address.</param>
    /// <param name="options">Null = all defaults.</param>
    /// <returns>A connected client, to be disposed by the caller.</returns>
    public static RpcClient Connect(string endpoint, RpcClientOptions? options = null)
    {
        options ??= new RpcClientOptions();
        return new RpcClient(DialerOf(options).ConnectAsync(RpcEndpoint.Parse(endpoint), CancellationToken.None).GetAwaiter().GetResult(), options.Services);
    }

    /// <summary>Ends the connection in order. Never throws.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Ends the connection in order, blocking the calling thread for up to 2 s. Never throws.</summary>
    public void Dispose()
    {
        WorkQueue.BeforeBlocking();
        Task.Run(() => _connection.CloseAsync()).GetAwaiter().GetResult();
    }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => _connection.InvokeAsync<T>(method, arguments, settings, cancellationToken);

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => _connection.InvokeBlocking<T>(method, arguments, settings, cancellationToken);

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
        => _connection.SendNotificationAsync(method, arguments, cancellationToken);

    private static Dialer DialerOf(RpcClientOptions options) => new(options, options.TrustId ?? TrustId.FromEnvironment());
}
