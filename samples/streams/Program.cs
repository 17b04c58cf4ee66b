using TrustRpc;

await using RpcServer server = new();
server.Services
    .Add("count", (int n) => AsyncEnumerable.Range(1, n))
    .Add("sum", (IAsyncEnumerable<int> numbers, CancellationToken cancellationToken) => numbers.SumAsync(cancellationToken));
await server.StartAsync("unix:streams.sock");
await using RpcClient client = await RpcClient.ConnectAsync("unix:streams.sock");

await foreach (int i in client.StreamAsync<int>("count", [1_000_000]))
{
    Console.WriteLine(i);
    if (i == 3)
    {
        break; // The server is told, and its sequence ends as well.
    }
}

IAsyncEnumerable<int> numbers = AsyncEnumerable.Range(1, 100);
Console.WriteLine(await client.CallAsync<int>("sum", [numbers]));
