using TrustRpc;

namespace Guide;

internal static class Transports
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new(new RpcServerOptions { Name = "orders" });
        server.Services.Add("ping", () => "pong");
        await server.StartAsync("unix:orders.sock", "tcp://127.0.0.1:0");

        RpcClientOptions options = new() { ServerName = "orders" };
        await using RpcClient near = await RpcClient.ConnectAsync(RpcEndpoint.Parse("unix:orders.sock"), options);
        await using RpcClient far = await RpcClient.ConnectAsync(server.Endpoints.Single(endpoint => endpoint.Transport == RpcTransport.Tcp), options);

        Console.WriteLine($"{await near.CallAsync<string>("ping")} {await far.CallAsync<string>("ping")}");
    }
}
