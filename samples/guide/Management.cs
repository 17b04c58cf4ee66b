using TrustRpc;

namespace Guide;

internal static class Management
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new();
        await server.StartAsync("unix:management.sock");

        RpcClientOptions options = new() { ClientName = "printer", Reconnect = new RpcReconnectOptions() };
        options.Services.Add("print", (string text) => $"printed {text}");
        await using RpcClient client = await RpcClient.ConnectAsync(["unix:management.sock"], options);
        while (server.Connections.Count == 0)
        {
            await Task.Yield();
        }

        foreach (RpcConnection connection in server.Connections.Where(connection => connection.Peer.Name == "printer"))
        {
            Console.WriteLine(await connection.CallAsync<string>("print", ["a page"]));
        }
    }
}
