using TrustRpc.Programs;

namespace TrustRpc.Client.Demo;

/// <summary>The demonstration's own server: on every transport of this platform, at free addresses, with a fresh secret.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly RpcServer _server;
    private readonly ServerCertificate _certificate;
    private readonly DirectoryInfo _directory;

    private DemoServer(RpcServer server, ServerCertificate certificate, DirectoryInfo directory, TrustId trustId)
    {
        _server = server;
        _certificate = certificate;
        _directory = directory;
        TrustId = trustId;
    }

    public TrustId TrustId { get; }

    public IReadOnlyList<RpcEndpoint> Endpoints => _server.Endpoints;

    public static async Task<DemoServer> StartAsync()
    {
        var trustId = TrustId.Generate();
        var certificate = ServerCertificate.SelfSigned();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("trustrpc-");
        RpcServer server = new(new RpcServerOptions { TrustId = trustId, Name = "demonstration", Certificate = certificate });
        DemoMethods.AddTo(server.Services);
        DemoServer demo = new(server, certificate, directory, trustId);
        try
        {
            await server.StartAsync(
                "unix://" + Path.Combine(directory.FullName, "demo.sock"),
                "tcp://127.0.0.1:0",
                "tcp://127.0.0.1:0?mode=plain",
                "tls://127.0.0.1:0",
                "pipe://./" + directory.Name);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
        _directory.Delete(recursive: true);
    }
}
