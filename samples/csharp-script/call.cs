#:project ../../TrustRpc/TrustRpc.csproj
#:property PublishAot=false

using TrustRpc;

using RpcClient client = RpcClient.Connect(args.Length > 0 ? args[0] : "tcp://127.0.0.1:8888");
Console.WriteLine(client.Call<string>("greet", ["Ada"]));
Console.WriteLine(client.Call<int>("add", new { a = 2, b = 40 }));
