using TrustRpc;

namespace Guide;

internal static class Performance
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new(new RpcServerOptions { LowLatency = true });
        server.Services.Add("add", (int a, int b) => a + b, inline: true);
        await server.StartAsync("unix:performance.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(RpcEndpoint.Parse("unix:performance.sock"), new RpcClientOptions { LowLatency = true });

        // Many at once go in one system call; one after the other, each waits for the last.
        Task<int>[] calls = [.. Enumerable.Range(0, 100).Select(i => client.CallAsync<int>("add", [i, 1]).AsTask())];
        Console.WriteLine((await Task.WhenAll(calls)).Sum());
    }
}
