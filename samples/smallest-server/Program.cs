using TrustRpc;

await using RpcServer server = new();
server.Services.Add("greet", (string name) => $"Hello, {name}!");
await server.StartAsync("unix:greeter.sock");

Console.WriteLine("Serving. Enter ends it.");
Console.ReadLine();
