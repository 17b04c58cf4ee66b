using TrustRpc;

await using RpcServer server = new();
server.Services.Add("sleep", (int seconds, CancellationToken cancellationToken) => Task.Delay(seconds * 1000, cancellationToken));
await server.StartAsync("unix:deadlines.sock");
await using RpcClient client = await RpcClient.ConnectAsync("unix:deadlines.sock");

try
{
    await client.CallAsync("sleep", [60], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(0.1) });
}
catch (RpcCallException e) when (e.Code == RpcErrorCode.DeadlineExceeded)
{
    Console.WriteLine("Its time is up.");
}

using CancellationTokenSource giveUp = new(TimeSpan.FromSeconds(0.1));
try
{
    await client.CallAsync("sleep", [60], giveUp.Token);
}
catch (OperationCanceledException)
{
    Console.WriteLine("Given up.");
}
