using TrustRpc.Client.Commands;
using TrustRpc.Management;

namespace TrustRpc.Client.Demo;

/// <summary>A server that manages three agents: who is there, commands, events, and an agent whose process is killed and started again.</summary>
internal sealed class ManagementDemonstration(Report report, CancellationToken cancellationToken) : IAsyncDisposable
{
    private const string Killed = "lab-pc-3";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-");
    private readonly TrustId _trustId = TrustId.Generate();
    private readonly List<RpcClient> _agents = [];
    private RpcServer? _server;
    private RpcClient? _client;
    private AgentProcess? _process;

    private string Endpoint => "unix://" + Path.Combine(_directory.FullName, "managed.sock");

    public async Task RunAsync()
    {
        report.Section("Management", "a server that knows its clients, has them do things and tells what happens");
        if (!await report.StepAsync("a server and three agents", StartAsync))
        {
            return;
        }

        RpcServer server = _server!;
        ManagementClient management = new(_client!);
        await using IAsyncEnumerator<ServerEvent> events = management
            .SubscribeAsync(["client_*", "schedule_update"], resume: true, cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        ValueTask<bool> first = events.MoveNextAsync();
        await report.StepAsync("who is there", async () =>
        {
            ClientList list = await management.ListClientsAsync(nameContains: "lab", cancellationToken: cancellationToken);
            return string.Join(" · ", list.Clients.Select(client => $"{client.Name} {(client.Online ? "online" : "offline")}"));
        });
        await report.StepAsync("a command to one", async () =>
        {
            CommandResult result = await management.SendCommandAsync("lab-pc-2", "get_schedule", "monday", cancellationToken: cancellationToken);
            return $"get_schedule(\"monday\") at lab-pc-2 → {result.Result?.GetRawText()}";
        });
        await report.StepAsync("a command to all", async () =>
        {
            FanOutResult result = await management.SendCommandToAllAsync("run_report", cancellationToken: cancellationToken);
            return $"run_report: {result.Message}";
        });
        await report.StepAsync("a command that nobody has", async () => (await management.SendCommandAsync("lab-pc-1", "dance", cancellationToken: cancellationToken)).Message);
        await report.StepAsync("an event of the application", async () =>
        {
            while (server.Events.Subscriptions == 0)
            {
                await Task.Delay(1, cancellationToken);
            }

            server.Events.Publish("schedule_update", new { room = "A1" });
            await first;
            return Describe(events.Current);
        });
        await report.StepAsync(_process is null ? "an agent is lost" : "an agent's process is killed", async () =>
        {
            string which = Lose(server);
            await events.MoveNextAsync();
            return which + Describe(events.Current);
        });
        await report.StepAsync(_process is null ? "and comes back" : "and started again", async () =>
        {
            string which = StartAgain();
            Task coming = events.MoveNextAsync().AsTask();
            await (_process?.DoesAsync(coming, cancellationToken) ?? coming);
            return which + Describe(events.Current);
        });
    }

    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        foreach (RpcClient agent in _agents)
        {
            await agent.DisposeAsync();
        }

        await (_client?.DisposeAsync() ?? default);
        await (_server?.DisposeAsync() ?? default);
        _directory.Delete(recursive: true);
    }

    private async Task<string> StartAsync()
    {
        FileClientStore store = new(Path.Combine(_directory.FullName, "clients.jsonl"));
        _server = new RpcServer(new RpcServerOptions { TrustId = _trustId, Name = "demonstration" });
        _server.AddManagement(new ManagementOptions { Store = store });
        await _server.StartAsync(Endpoint);
        bool isProcess = await StartProcessAsync();
        foreach (string name in (string[])["lab-pc-1", "lab-pc-2", .. isProcess ? Array.Empty<string>() : [Killed]])
        {
            RpcClientOptions options = OptionsOf(name);
            new AgentMethods(null, static _ => { }).AddTo(options.Commands);
            _agents.Add(await RpcClient.ConnectAsync(Endpoint, options, cancellationToken));
        }

        _client = await RpcClient.ConnectAsync(Endpoint, OptionsOf(null), cancellationToken);
        return $"{(isProcess ? $"{Killed} is process {_process!.Id}, the others are in this one; " : "")}the directory of clients is a file";
    }

    // False = where no process can be started, or it does not get as far as to connect: then all agents are in this one.
    private async Task<bool> StartProcessAsync()
    {
        TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _server!.ClientConnected += (_, client) => _ = client.Connection.Peer.Id == Killed && connected.TrySetResult();
        _process = AgentProcess.TryStart(Killed, Endpoint, _trustId);
        if (_process is null)
        {
            return false;
        }

        try
        {
            await _process.DoesAsync(connected.Task.WaitAsync(StartTime, cancellationToken), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            _process.Dispose();
            _process = null;
            return false;
        }
    }

    private string Lose(RpcServer server)
    {
        if (_process is null)
        {
            server.Connections.First(connection => connection.Peer.Id == Killed).Abort();
            return "";
        }

        _process.Kill();
        return $"process {_process.Id} is gone → ";
    }

    private string StartAgain()
    {
        if (_process is null)
        {
            return "";
        }

        _process.Dispose();
        _process = null;
        _process = AgentProcess.TryStart(Killed, Endpoint, _trustId) ?? throw new InvalidOperationException("The agent's process cannot be started again.");
        return $"it is process {_process.Id} now → ";
    }

    // Shorter delays than the default's: nobody wants to wait for a demonstration. Whoever has no name of its own asks, and is nobody to command.
    private RpcClientOptions OptionsOf(string? name) => new()
    {
        TrustId = _trustId,
        ClientId = name,
        ClientName = name,
        Reconnect = new RpcReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(50) },
    };

    private static string Describe(ServerEvent e) => $"{e.EventType} {e.Payload?.GetRawText()}";
}
