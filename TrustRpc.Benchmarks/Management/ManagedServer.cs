#if TRUSTRPC_API
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>The server process: one server with management at a time.</summary>
internal static class ManagedServer
{
    /// <summary>Less than the history holds, so that subscribers that read lose nothing.</summary>
    private const int Ahead = 2000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Dictionary<string, int> Seen = [];
    private static RpcServer? _server;
    private static RpcConnection? _agent;
    private static int _published;

    private static RpcConnection Agent => _agent ??= _server!.Connections.First(connection => connection.Peer.Id == "one-0001");

    internal static int Run(string directory) => ControlLoop.Run((verb, argument) => verb switch
    {
        "serve" => Serve(directory, argument.Split(' ')),
        "publish" => Publish(argument.Split(' ')),
        "call" => CallAsync(argument.Split(' ')).Result,
        "memory" => JsonSerializer.Serialize(ProcessMemory.Measure()),
        _ => throw new ArgumentException($"The managed server does not know '{verb}'."),
    });

    // Arguments: the store (memory or file), how many clients it knows beforehand, and tcp where that is wanted instead of a Unix socket.
    private static string Serve(string directory, string[] words)
    {
        _server?.Dispose();
        IClientStore store = words[0] == "file" ? new FileClientStore(Path.Combine(directory, $"{words[1]}.jsonl")) : new MemoryClientStore();
        store.OpenAsync().AsTask().Wait();
        int known = int.Parse(words[1], CultureInfo.InvariantCulture);
        if (known > 0)
        {
            store.SaveAsync([.. Enumerable.Range(0, known).Select(Known)]).AsTask().Wait();
        }

        _server = new RpcServer(new RpcServerOptions { TrustId = TrustId.Parse(Secret.Inherited), Name = "managed", MaxUnauthenticatedConnectionsPerAddress = 256, DrainTimeout = TimeSpan.Zero });

        // Without signs of life: nothing stands between the events that are published, whose numbers follow one another then.
        _server.AddManagement(new ManagementOptions { Store = store, MaxKnownClients = 1_000_000, EventHistory = 4096, FanOutConcurrency = 1024, Heartbeat = TimeSpan.Zero });
        _server.Services.Add("echo", (JsonElement value) => value).Add("relay", RelayAsync).Add("seen", NoteSeen);
        _server.StartAsync(words is [_, _, "tcp"] ? "tcp://127.0.0.1:0" : "unix://" + Path.Combine(directory, $"{words[0]}{words[1]}.sock")).Wait();
        return _server.Endpoints[0].ToString();
    }

    // Arguments: how many events, to how many subscribers. Paced by the slowest of those that read: the figure is theirs, not the publisher's.
    private static string Publish(string[] words)
    {
        EventHub events = _server!.Events;
        int count = int.Parse(words[0], CultureInfo.InvariantCulture);
        int subscribers = int.Parse(words[1], CultureInfo.InvariantCulture);
        if (!SpinWait.SpinUntil(() => events.Subscriptions == subscribers, Patience))
        {
            throw new TimeoutException($"{events.Subscriptions} of {subscribers} have subscribed, and no more.");
        }

        JsonElement payload = JsonElement.Parse("""{"room":"A1","lesson":"maths"}""");
        long start = Stopwatch.GetTimestamp();
        for (int i = 1; i <= count; i++)
        {
            events.Publish("tick", payload);
            if (i % 500 == 0)
            {
                WaitFor(_published + i - Ahead);
            }
        }

        double published = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _published += count;
        WaitFor(_published);
        return string.Create(CultureInfo.InvariantCulture, $"{published:0.0000} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0000}");
    }

    // Arguments: for how many seconds, how many at a time. What a command to each agent in turn would be without management and without whoever sends it: microseconds for a call.
    private static async Task<string> CallAsync(string[] words)
    {
        RpcConnection[] agents = [.. _server!.Connections.Where(connection => connection.Peer.Id.Contains('-', StringComparison.Ordinal))];
        JsonElement payload = JsonSerializer.SerializeToElement(CommandWorkload.Text);
        int next = 0;
        double time = await CommandWorkload.TimeAsync(
            int.Parse(words[1], CultureInfo.InvariantCulture),
            double.Parse(words[0], CultureInfo.InvariantCulture),
            async () => await agents[Interlocked.Increment(ref next) % agents.Length].CallAsync<JsonElement>("command.echo", [payload]));
        return time.ToString(CultureInfo.InvariantCulture);
    }

    private static void WaitFor(int count)
    {
        lock (Seen)
        {
            while (Seen.Count < 2 || Seen.Values.Min() < count)
            {
                if (!Monitor.Wait(Seen, Patience))
                {
                    throw new TimeoutException($"The subscribers have seen {string.Join(" and ", Seen.Values)} of {count} events and no more.");
                }
            }
        }
    }

    // What a command would be without management: one call behind the other.
    private static ValueTask<JsonElement> RelayAsync(JsonElement value, CancellationToken cancellationToken)
        => Agent.CallAsync<JsonElement>("command.echo", [value], cancellationToken);

    private static void NoteSeen(string process, int count)
    {
        lock (Seen)
        {
            Seen[process] = Math.Max(count, Seen.GetValueOrDefault(process));
            Monitor.PulseAll(Seen);
        }
    }

    private static KnownClient Known(int number) => new()
    {
        Uuid = $"client-{number:000000}",
        Name = $"lab-pc-{number % 50_000:00000}",
        IpAddress = "192.0.2.7",
        Endpoint = "tcp://0.0.0.0:8888",
        Transport = "tcp",
        ConnectedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
        LastSeen = DateTimeOffset.UnixEpoch.AddSeconds(number),
    };
}
#endif
