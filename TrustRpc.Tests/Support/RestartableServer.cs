using System.Collections.Concurrent;
using TrustRpc.Hosting;

namespace TrustRpc.Tests.Support;

/// <summary>A server in memory that can be stopped, broken off and started again, and the place where clients find it.</summary>
internal sealed class RestartableServer(Action<RpcServices> register) : IAsyncDisposable
{
    private readonly ConcurrentBag<DuplexPair> _pairs = [];
    private volatile RpcServer? _running;
    private int _dials;

    public TrustId Secret { get; } = TrustId.Generate();

    public RpcServerOptions Options { get; init; } = new() { KeepAlive = TimeSpan.Zero };

    public RpcServer Running => _running!;

    /// <summary>How often somebody tried to connect.</summary>
    public int Dials => Volatile.Read(ref _dials);

    public RestartableServer Start()
    {
        Options.TrustId = Secret;
        Options.PreviousTrustIds = [];
        RpcServer server = new(Options);
        register(server.Services);
        _running = server;
        return this;
    }

    /// <summary>Stops in order; until the next start nobody is there.</summary>
    public async Task StopAsync(TimeSpan grace = default)
    {
        RpcServer? server = Interlocked.Exchange(ref _running, null);
        await (server?.StopAsync(grace) ?? Task.CompletedTask);
    }

    /// <summary>Stops in order while its successor is there already.</summary>
    public Task ReplaceAsync(TimeSpan grace)
    {
        RpcServer server = Running;
        Start();
        return server.StopAsync(grace);
    }

    /// <summary>Every connection is gone in an instant, as when the process is killed, and nobody is there.</summary>
    public void Kill()
    {
        _running = null;
        foreach (DuplexPair pair in _pairs)
        {
            pair.Break();
        }
    }

    /// <summary>As <see cref="Kill"/>, but the next try connects.</summary>
    public void BreakConnections()
    {
        RpcServer server = Running;
        Kill();
        _running = server;
    }

    public Task<RpcClient> ConnectAsync(RpcClientOptions options, CancellationToken cancellationToken = default)
        => RpcClient.ConnectToAsync([Target(options)], options, cancellationToken);

    public DialTarget Target(RpcClientOptions options, string name = "memory") => new(name, async cancellationToken =>
    {
        Interlocked.Increment(ref _dials);
        RpcServer server = _running ?? throw new RpcConnectionException($"nobody listens at {name}.");
        DuplexPair pair = DuplexPair.Create();
        _pairs.Add(pair);
        Task<RpcConnection> accepting = server.AcceptAsync(pair.Second, CancellationToken.None);
        RpcConnection connection = await new Dialer(options, options.TrustId ?? Secret).ConnectAsync(pair.First, cancellationToken);
        await accepting;
        await connection.PingAsync(); // It has read the welcome: a clock that is moved on cannot end the handshake any more.
        return connection;
    });

    public async ValueTask DisposeAsync() => await StopAsync();
}
