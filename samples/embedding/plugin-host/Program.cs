using System.Reflection;
using System.Runtime.Loader;
using TrustRpc;

// Every assembly that is named is loaded into a context of its own, so that two plugins may bring two versions of one library. TrustRpc is the host's: its attributes are what both know.
await using RpcServer server = new();
foreach (string path in args)
{
    AssemblyLoadContext context = new(Path.GetFileNameWithoutExtension(path));
    Assembly plugin = context.LoadFromAssemblyPath(Path.GetFullPath(path));
    foreach (Type type in plugin.GetExportedTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(RpcMethodAttribute), inherit: true))))
    {
        server.Services.Add(Activator.CreateInstance(type)!);
    }
}

await server.StartAsync("unix:plugins.sock");
await using RpcClient client = await RpcClient.ConnectAsync("unix:plugins.sock");
foreach (var method in server.Services.Describe().GetProperty("methods").EnumerateArray())
{
    Console.WriteLine($"{method.GetProperty("name")}: {method.GetProperty("summary")}");
}

Console.WriteLine(await client.CallAsync<int>("dice.sum", new { shown = new[] { 1, 2, 3 } }));
