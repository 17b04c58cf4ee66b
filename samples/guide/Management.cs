using TrustRpc;
using TrustRpc.Management;

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

        await using RpcServer managed = new();
        managed.AddManagement();
        await managed.StartAsync("unix:managed.sock");

        RpcClientOptions printerOptions = new() { ClientId = "printer-1", ClientName = "Printer in room A1" };
        printerOptions.Commands.Add("print", (string text) => $"printed {text}");
        await using RpcClient printer = await RpcClient.ConnectAsync("unix:managed.sock", printerOptions);

        await using RpcClient desk = await RpcClient.ConnectAsync("unix:managed.sock");
        string answer = await new ManagementClient(desk).SendCommandAsync<string>("printer-1", "print", "a page");
        Console.WriteLine(answer);
    }
}
