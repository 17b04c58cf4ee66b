using TrustRpc;

RpcClientOptions options = new() { Reconnect = new RpcReconnectOptions { IncludeFirstConnection = true } };
await using RpcClient client = await RpcClient.ConnectAsync(["unix:greeter.sock", "tcp://127.0.0.1:8888"], options);
client.StateChanged += (_, change) => Console.WriteLine($"{change.State}: {change.Reason}");

for (string? name = Console.ReadLine(); !string.IsNullOrEmpty(name); name = Console.ReadLine())
{
    // Waits for the next connection where there is none; may run twice, which does no harm.
    Console.WriteLine(await client.CallAsync<string>("greet", [name], new RpcCallOptions { Idempotent = true }));
}
