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

    private static readonly List<RpcClient> Clients = [];

    internal static int Run(string process)
    {
        Subscribers subscribers = new(process);
        return ControlLoop.Run((verb, argument) => verb switch
        {
            "connect" => ConnectAsync(process, argument.Split(' ')).Result,
            "subscribe" => subscribers.SubscribeAsync(argument.Split(' ')).Result,
            "seen" => JsonSerializer.Serialize(subscribers.Seen),
            "gap" => JsonSerializer.Serialize(subscribers.GapAsync(int.Parse(argument, CultureInfo.InvariantCulture)).Result),
            _ => throw new ArgumentException($"The agents do not know '{verb}'."),
        });
    }

    /// <summary>A client that has two commands: <c>echo</c>, and <c>who</c>, which answers with its id.</summary>
    internal static Task<RpcClient> ClientAsync(string address, string id)
    {
        RpcClientOptions options = new() { TrustId = TrustId.Parse(Secret.Inherited), ClientId = id, ClientName = id };
        options.Commands.Add("echo", (JsonElement value) => value).Add("who", () => id);
        return RpcClient.ConnectAsync(address, options);
    }

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
}
#endif
