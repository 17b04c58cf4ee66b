using TrustRpc.Management;

namespace TrustRpc.Tests.Support;

/// <summary>A server with management, over TCP sealed or a Unix socket, and whoever connects to it.</summary>
internal sealed class ManagedServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tr");
    private readonly TrustId _secret = TrustId.Generate();
    private readonly List<IAsyncDisposable> _clients = [];

    private ManagedServer(Action<RpcServerOptions>? configure, ManagementOptions options)
    {
        RpcServerOptions server = new() { TrustId = _secret, Name = "the server", DrainTimeout = TimeSpan.Zero };
        configure?.Invoke(server);
        Server = new RpcServer(server);
        Management = Server.AddManagement(options);
        Server.Services.Add("is_there", () => true);
        Server.Error += (_, e) => Errors.Add($"{e.Message} {e.Exception}");
    }

    /// <summary>What the suite of management runs over.</summary>
    public static TheoryData<string> Transports => ["tcp", "unix"];

    /// <summary>The same for each of several cases.</summary>
    public static TheoryData<string, T1, T2> TransportsWith<T1, T2>(params (T1 First, T2 Second)[] cases)
    {
        TheoryData<string, T1, T2> all = [];
        foreach (string transport in (string[])["tcp", "unix"])
        {
            foreach ((T1 first, T2 second) in cases)
                all.Add(transport, first, second);
        }

        return all;
    }

    public RpcServer Server { get; }

    public RpcManagement Management { get; }

    public List<string> Errors { get; } = [];

    public RpcEndpoint Endpoint => Server.Endpoints[0];

    public TrustId Secret => _secret;

    public static async Task<ManagedServer> StartAsync(string transport = "unix", ManagementOptions? options = null, Action<RpcServerOptions>? server = null)
    {
        ManagedServer managed = new(server, options ?? new ManagementOptions());
        await managed.Server.StartAsync(transport == "tcp" ? "tcp://127.0.0.1:0" : "unix://" + Path.Combine(managed._directory.FullName, "m.sock"));
        return managed;
    }

    /// <summary>Connects a client, which the server knows of when this returns: a client may speak before that. It is disposed with the server.</summary>
    public async Task<RpcClient> ConnectAsync(string id, string? name = null, Action<RpcClientOptions>? configure = null)
    {
        RpcClientOptions options = new() { TrustId = _secret, ClientId = id, ClientName = name ?? id };
        configure?.Invoke(options);
        RpcClient client = await RpcClient.ConnectAsync(Endpoint, options).InTime();
        _clients.Add(client);
        Assert.True(await client.CallAsync<bool>("is_there").InTime());
        return client;
    }

    public Task<ClientList> ListAsync() => Management.ListClientsAsync().InTime();

    /// <summary>What a client of that id is listed as.</summary>
    public async Task<ClientStatus> StatusAsync(string id) => (await Management.ListClientsAsync(pageSize: 500).InTime()).Clients.Single(client => client.Uuid == id);

    /// <summary>Waits until a client is listed as not connected.</summary>
    public async Task OfflineAsync(string id)
    {
        while ((await StatusAsync(id)).Online)
            await Task.Yield();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable client in _clients)
            await client.DisposeAsync().InTime();
        await Server.DisposeAsync().InTime();
        _directory.Delete(recursive: true);
    }
}
