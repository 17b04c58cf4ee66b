using TrustRpc.Transports;

namespace TrustRpc.Tests.Support;

/// <summary>A way to join a server and a client. The behaviour suite runs over each: what a caller sees must not depend on it.</summary>
internal sealed class TransportCase(string name, string? address = null)
{
    private static readonly TransportCase[] Cases =
    [
        new("in memory"),
        new("tcp plain", "tcp://127.0.0.1:0?mode=plain"),
        new("tcp sealed, aes256-gcm", "tcp://127.0.0.1:0") { Suite = CipherSuite.Aes256Gcm },
        new("tcp sealed, chacha20-poly1305", "tcp://127.0.0.1:0") { Suite = CipherSuite.ChaCha20Poly1305 },
        new("tls, self-signed", "tls://127.0.0.1:0"),
        new("unix plain", "unix:///{directory}/a.sock"),
        new("unix sealed", "unix:///{directory}/a.sock?mode=sealed"),
        new("pipe", "pipe://./{name}"),
        new("unix plain, low latency", "unix:///{directory}/a.sock") { LowLatency = true },
        new("tcp sealed, low latency", "tcp://127.0.0.1:0") { LowLatency = true },
    ];

    /// <summary>The names of all cases, for theories.</summary>
    public static TheoryData<string> All => [.. Cases.Select(c => c.Name)];

    public string Name => name;

    /// <summary>Whether both ends read on a thread of their own.</summary>
    public bool LowLatency { get; private init; }

    /// <summary>The only suite that the client offers; null = all.</summary>
    public CipherSuite? Suite { get; private init; }

    public static TransportCase Find(string name) => Cases.Single(c => c.Name == name);

    /// <summary>Lets the server listen where this case needs it to, and says how to get there; null = over a stream.</summary>
    public async Task<RpcEndpoint?> ListenAsync(RpcServer server, string directory)
    {
        if (address is null) return null;
        await server.StartAsync(AddressIn(directory));
        return server.Endpoints[0];
    }

    /// <summary>Listens without a server.</summary>
    public async Task<IStreamListener?> ListenAsync(string directory)
        => address is null ? null : await Transport.ListenAsync(RpcEndpoint.Parse(AddressIn(directory)), new TransportOptions { Certificate = Certificate }, default);

    /// <summary>Connects a client to a server that listens.</summary>
    public async Task<(RpcCaller Caller, Task<string> Closed)> ConnectAsync(RpcServer server, RpcEndpoint? endpoint, RpcClientOptions options)
    {
        if (Suite is { } suite) options.Suites = [suite];
        if (endpoint is not null)
        {
            RpcClient client = await RpcClient.ConnectAsync(endpoint, options).InTime();
            return (client, client.Closed);
        }

        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        Task<RpcConnection> accepting = server.AcceptAsync(theirs);
        Task<RpcClient> connecting = RpcClient.ConnectAsync(ours, options);
        await Task.WhenAll(accepting, connecting).InTime();
        return (connecting.Result, connecting.Result.Closed);
    }

    public override string ToString() => Name;

    /// <summary>A certificate for the cases that need one.</summary>
    public static ServerCertificate Certificate { get; } = ServerCertificate.SelfSigned();

    private string AddressIn(string directory) => address!.Replace("/{directory}", directory).Replace("{name}", Path.GetFileName(directory));
}
