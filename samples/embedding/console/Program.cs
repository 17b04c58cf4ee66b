using TrustRpc;

// A program with work of its own, that can be asked how far it is and told to stop while it runs.
using CancellationTokenSource enough = new();
int done = 0;

await using RpcServer server = new();
server.Services
    .Add("done", () => Volatile.Read(ref done))
    .Add("stop", () => enough.Cancel());
await server.StartAsync("unix:console.sock");

Task asking = AskAsync();
while (!enough.IsCancellationRequested)
{
    Interlocked.Increment(ref done); // The work.
    await Task.Yield();
}

await asking;
Console.WriteLine("Stopped.");

// Stands for another program: TrustRpc.Client -- call done --server unix:console.sock
static async Task AskAsync()
{
    await using RpcClient client = await RpcClient.ConnectAsync("unix:console.sock");
    Console.WriteLine(await client.CallAsync<int>("done") > 0 ? "At work." : "Not begun.");
    await client.CallAsync("stop");
}
