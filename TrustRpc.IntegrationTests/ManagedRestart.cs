using TrustRpc.Management;

namespace TrustRpc.IntegrationTests;

/// <summary>A real server on a store, a client that comes and goes, and the server once more.</summary>
internal static class ManagedRestart
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task CheckAsync(Func<IClientStore> open)
    {
        TrustId secret = TrustId.Generate();
        await using (RpcServer first = new(new RpcServerOptions { TrustId = secret }))
        {
            RpcManagement management = first.AddManagement(new ManagementOptions { Store = open() });
            await management.Ready.WaitAsync(Limit);
            await first.StartAsync("tcp://127.0.0.1:0");
            await using RpcClient client = await RpcClient.ConnectAsync(first.Endpoints[0], new RpcClientOptions { TrustId = secret, ClientId = "7", ClientName = "lab-pc-7" });
            ClientStatus online = Assert.Single((await new ManagementClient(client).ListClientsAsync()).Clients);
            Assert.True(online.Online);
        }

        await using RpcServer second = new(new RpcServerOptions { TrustId = secret });
        ClientStatus status = Assert.Single((await second.AddManagement(new ManagementOptions { Store = open() }).ListClientsAsync().AsTask().WaitAsync(Limit)).Clients);
        Assert.Equal(("7", "lab-pc-7", false), (status.Uuid, status.Name, status.Online));
        Assert.True(status.LastSeen >= status.ConnectedAt);
        await second.StopAsync();
    }
}
