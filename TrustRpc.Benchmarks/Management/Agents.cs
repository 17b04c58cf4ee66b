#if TRUSTRPC_API
using System.Globalization;
using System.Text.Json;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>A process full of agents, or of subscribers of which one may be stalled.</summary>
internal static class Agents
{
    private const int ConnectingTogether = 32;
    private const int SeenStep = 250;

    private static readonly List<RpcClient> Clients = [];
    private static int[] Counts = [];
    private static IAsyncEnumerator<ServerEvent>? _stalled;
    private static int _told;

    internal static int Run(string process) => ControlLoop.Run((verb, argument) => verb switch
    {
        "connect" => ConnectAsync(process, argument.Split(' ')).Result,
        "subscribe" => SubscribeAsync(process, argument.Split(' ')).Result,
        "gap" => GapAsync(int.Parse(argument, CultureInfo.InvariantCulture)).Result,
        _ => throw new ArgumentException($"The agents do not know '{verb}'."),
    });

    // Arguments: address, how many.
    private static async Task<string> ConnectAsync(string process, string[] words)
    {
        int next = 0;
        int count = int.Parse(words[1], CultureInfo.InvariantCulture);
        await Task.WhenAll(Enumerable.Range(0, ConnectingTogether).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i <= count; i = Interlocked.Increment(ref next))
            {
                RpcClient client = await ClientAsync(words[0], $"{process}-{i:0000}");
                lock (Clients)
                {
                    Clients.Add(client);
                }
            }
        })));
        return "connected";
    }

    // Arguments: address, how many, how many of them are stalled (0 or 1).
    private static async Task<string> SubscribeAsync(string process, string[] words)
    {
        int count = int.Parse(words[1], CultureInfo.InvariantCulture);
        int stalled = int.Parse(words[2], CultureInfo.InvariantCulture);
        RpcClient teller = await ClientAsync(words[0], $"{process}-teller");
        Counts = new int[count - stalled];
        for (int i = 0; i < count; i++)
        {
            ManagementClient management = new(await ClientAsync(words[0], $"{process}-subscriber-{i}"));
            IAsyncEnumerator<ServerEvent> events = management.SubscribeAsync(["tick"]).GetAsyncEnumerator();
            ValueTask<bool> first = events.MoveNextAsync();
            int own = i;
            if (i < count - stalled)
            {
                _ = Task.Run(() => ReadAsync(events, first.AsTask(), own, process, teller));
            }
            else
            {
                _ = first.AsTask();
                _stalled = events;
            }

            // The subscription's first answer, which is empty, comes before that of this call.
            await teller.CallAsync<JsonElement>("echo", [i]);
        }

        await Task.Delay(TimeSpan.FromSeconds(0.5));
        await teller.CallAsync("seen", [process, 0]);
        return "subscribed";
    }

    private static async Task ReadAsync(IAsyncEnumerator<ServerEvent> events, Task<bool> first, int own, string process, RpcClient teller)
    {
        for (bool goesOn = await first; goesOn; goesOn = await events.MoveNextAsync())
        {
            if (events.Current.EventType != "tick")
            {
                throw new InvalidOperationException("A subscriber that reads has a gap.");
            }

            if (Interlocked.Increment(ref Counts[own]) % SeenStep == 0)
            {
                await TellAsync(process, teller);
            }
        }
    }

    private static async Task TellAsync(string process, RpcClient teller)
    {
        int slowest = Counts.Min() / SeenStep * SeenStep;
        int told = Volatile.Read(ref _told);
        if (slowest > told && Interlocked.CompareExchange(ref _told, slowest, told) == told)
        {
            await teller.NotifyAsync("seen", [process, slowest]);
        }
    }

    // The stalled subscriber wakes up: how many it got, how many it missed, whether the numbers fit.
    private static async Task<string> GapAsync(int published)
    {
        IAsyncEnumerator<ServerEvent> events = _stalled!;
        int got = 1;
        long missed = 0;
        bool exact = true;
        long last = events.Current.Sequence;
        while (got + missed < published && await events.MoveNextAsync())
        {
            ServerEvent e = events.Current;
            if (e.EventType == "gap")
            {
                long from = e.Payload!.Value.GetProperty("from").GetInt64();
                long to = e.Payload.Value.GetProperty("to").GetInt64();
                missed += e.Payload.Value.GetProperty("missed").GetInt64();
                exact &= from == last + 1 && missed == to - from + 1;
                last = to;
            }
            else
            {
                got++;
                exact &= e.Sequence == last + 1;
                last = e.Sequence;
            }
        }

        return $"{got} {missed} {exact && got + missed == published}";
    }

    private static Task<RpcClient> ClientAsync(string address, string id)
    {
        RpcClientOptions options = new() { TrustId = TrustId.Parse(Secret.Inherited), ClientId = id, ClientName = id };
        options.Commands.Add("echo", (JsonElement value) => value);
        return RpcClient.ConnectAsync(address, options);
    }
}
#endif
