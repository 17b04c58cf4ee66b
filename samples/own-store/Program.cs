using TrustRpc;
using TrustRpc.Management;

for (int day = 1; day <= 2; day++)
{
    await using RpcServer server = new();
    RpcManagement management = server.AddManagement(new ManagementOptions { Store = new JsonClientStore("clients.json") });
    await management.Ready;
    await server.StartAsync("unix:own-store.sock");
    await using RpcClient client = await RpcClient.ConnectAsync("unix:own-store.sock", new RpcClientOptions { ClientId = $"lab-pc-{day}" });
    foreach (ClientStatus status in (await new ManagementClient(client).ListClientsAsync()).Clients)
    {
        Console.WriteLine($"{status.Uuid} is {(status.Online ? "online" : "offline")}.");
    }
}
