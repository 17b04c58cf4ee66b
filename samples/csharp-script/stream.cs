#:project ../../TrustRpc/TrustRpc.csproj
#:property PublishAot=false

using TrustRpc;

await using RpcClient client = await RpcClient.ConnectAsync(args.Length > 0 ? args[0] : "tcp://127.0.0.1:8888");
await foreach (int i in client.StreamAsync<int>("count", [3]))
{
    Console.WriteLine(i);
}

Task<string>[] greetings = [.. new[] { "Ada", "Grace" }.Select(name => client.CallAsync<string>("greet", [name]).AsTask())];
Console.WriteLine(string.Join(' ', await Task.WhenAll(greetings)));
