using TrustRpc;

await using RpcClient client = await RpcClient.ConnectAsync("unix:greeter.sock");
string greeting = await client.CallAsync<string>("greet", ["Ada"]);
Console.WriteLine(greeting);
