using System.Threading.Channels;
using TrustRpc.Programs;

namespace TrustRpc.Client.Demo;

/// <summary>A server that is stopped and started again, seen from a client that connects again by itself.</summary>
internal sealed class ReconnectDemonstration(Report report, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-");
    private readonly TrustId _trustId = TrustId.Generate();
    private readonly Channel<RpcStateChangedEventArgs> _states = Channel.CreateUnbounded<RpcStateChangedEventArgs>();
    private RpcServer? _server;

    private string Endpoint => AddressOf("again.sock");

    public async Task RunAsync()
    {
        report.Section("A client that connects again", "the server is stopped and started again at the same address");
        RpcClient? connected = null;
        await report.StepAsync("the second of two addresses", async () =>
        {
            await StartServerAsync();
            connected = await RpcClient.ConnectAsync([AddressOf("nobody.sock"), Endpoint], Options(), cancellationToken);
            connected.StateChanged += (_, change) => _states.Writer.TryWrite(change);
            return $"nobody is at the first one; connected to server '{connected.Server.Name}'";
        });
        if (connected is not { } client)
        {
            return;
        }

        await using (client)
        {
            await report.StepAsync("the server stops", async () =>
            {
                await StopServerAsync();
                return await StateAsync();
            });
            Task<string> waiting = client.CallAsync<string>("greet", ["Ada"], cancellationToken).AsTask();
            await report.StepAsync("it starts again", async () =>
            {
                await StartServerAsync();
                return await StateAsync();
            });
            await report.StepAsync("a call made meanwhile", async () => $"waited for the connection → {await waiting}");
        }

        await report.StepAsync("the client is closed", StateAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        _directory.Delete(recursive: true);
    }

    // Shorter delays than the default's: nobody wants to wait for a demonstration.
    private RpcClientOptions Options() => new()
    {
        TrustId = _trustId,
        ClientName = "demonstration",
        Reconnect = new RpcReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(50) },
    };

    private string AddressOf(string socket) => "unix://" + Path.Combine(_directory.FullName, socket);

    private async Task StartServerAsync()
    {
        _server = new RpcServer(new RpcServerOptions { TrustId = _trustId, Name = "demonstration" });
        DemoMethods.AddTo(_server.Services);
        await _server.StartAsync(Endpoint);
    }

    private async Task StopServerAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.StopAsync();
        }
    }

    private async Task<string> StateAsync()
    {
        RpcStateChangedEventArgs change = await _states.Reader.ReadAsync(cancellationToken);
        return $"{change.State}: {change.Reason}";
    }
}
