namespace TrustRpc.Tests.Support;

/// <summary>A server with the methods of <see cref="Specimen"/>, and a client of it, joined in one of the ways of <see cref="TransportCase"/>.</summary>
internal sealed class RpcPair : IAsyncDisposable
{
    private static readonly TrustId Shared = TrustId.Generate();

    private readonly TransportCase _case;
    private readonly RpcEndpoint? _endpoint;
    private readonly string _directory;
    private readonly List<RpcCaller> _clients = [];

    private RpcPair(TransportCase transport, RpcServer server, RpcEndpoint? endpoint, string directory)
        => (_case, Server, _endpoint, _directory) = (transport, server, endpoint, directory);

    public TrustId Secret => Shared;

    /// <summary>How the ends are joined.</summary>
    public TransportCase Way => _case;

    /// <summary>Where the server listens; null = it is given streams.</summary>
    public RpcEndpoint? Endpoint => _endpoint;

    public RpcServer Server { get; }

    public RpcCaller Client { get; private set; } = null!;

    /// <summary>The end of the client's connection.</summary>
    public Task<string> ClientClosed { get; private set; } = null!;

    /// <summary>The server's end of the first client's connection.</summary>
    public RpcConnection ServerSide { get; private set; } = null!;

    public Specimen Methods { get; } = new();

    public static async Task<RpcPair> OpenAsync(string transport, Action<RpcServerOptions>? server = null, Action<RpcClientOptions>? client = null)
    {
        RpcPair pair = await ListenAsync(transport, server);
        try
        {
            (pair.Client, pair.ClientClosed) = await pair.ConnectAsync(client);
            await Patience.UntilAsync(() => pair.Server.Connections.Count == 1);
            pair.ServerSide = pair.Server.Connections.Single();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The server alone.</summary>
    public static async Task<RpcPair> ListenAsync(string transport, Action<RpcServerOptions>? configure = null)
    {
        TransportCase way = TransportCase.Find(transport);
        RpcServerOptions options = new() { TrustId = Shared, Certificate = TransportCase.Certificate, LowLatency = way.LowLatency, Name = "the server" };
        configure?.Invoke(options);
        RpcServer server = new(options);

        string directory = NewDirectory();
        RpcPair pair = new(way, server, await way.ListenAsync(server, directory), directory);
        server.Services.Add(pair.Methods);
        return pair;
    }

    /// <summary>A path for a case's files; short, because a socket's path must be.</summary>
    public static string NewDirectory() => Path.Combine(OperatingSystem.IsWindows() ? Path.GetTempPath() : "/tmp", "tr" + Guid.NewGuid().ToString("N")[..10]);

    /// <summary>One more client.</summary>
    public async Task<(RpcCaller Caller, Task<string> Closed)> ConnectAsync(Action<RpcClientOptions>? configure = null)
    {
        RpcClientOptions options = new() { TrustId = Shared, LowLatency = _case.LowLatency, ClientName = "the client" };
        configure?.Invoke(options);
        (RpcCaller Caller, Task<string> Closed) client = await _case.ConnectAsync(Server, _endpoint, options);
        _clients.Add(client.Caller);
        return client;
    }

    /// <summary>Connects and calls as soon as the server lets one in: it learns in its own time that others have left, and until then their places are taken.</summary>
    public async Task ConnectInTheEndAsync()
    {
        DateTime end = DateTime.UtcNow + Patience.Limit;
        while (true)
        {
            try
            {
                (RpcCaller client, _) = await ConnectAsync();
                Assert.Equal(3, await client.CallAsync<int>("Add", [1, 2]).InTime());
                return;
            }
            catch (RpcException) when (DateTime.UtcNow < end)
            {
                // The server has not noticed yet.
            }
        }
    }

    public static ValueTask CloseAsync(RpcCaller client) => ((IAsyncDisposable)client).DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        Methods.Open();
        foreach (RpcCaller client in _clients)
            await CloseAsync(client).InTime();
        await Server.DisposeAsync().InTime();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
