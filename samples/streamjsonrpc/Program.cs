using System.Text.Json;
using StreamJsonRpc;
using TrustRpc;

if (args is ["both"])
{
    await Both.RunAsync();
}
else if (args is ["one"])
{
    await One.RunAsync();
}

/// <summary>Travels between two programs that use that library.</summary>
internal interface IGreeter
{
    Task<string> GreetAsync(string name);
}

/// <summary>Both ends are that library's.</summary>
internal static class Both
{
    public static async Task RunAsync()
    {
        TrustStream stream = await TrustStream.ConnectAsync(RpcEndpoint.Parse("unix:/run/app.sock"), new RpcClientOptions());
        IGreeter greeter = JsonRpc.Attach<IGreeter>(stream);

        Console.WriteLine(await greeter.GreetAsync("Ada"));
    }
}

/// <summary>One end is that library's, the other TrustRpc itself.</summary>
internal static class One
{
    public static async Task RunAsync()
    {
        TrustStream stream = await TrustStream.ConnectAsync(RpcEndpoint.Parse("unix:/run/app.sock"));

        SystemTextJsonFormatter formatter = new() { JsonSerializerOptions = { PropertyNamingPolicy = JsonNamingPolicy.CamelCase } };
        using JsonRpc rpc = new(new LengthHeaderMessageHandler(stream, stream, formatter));
        rpc.StartListening();
        int sum = await rpc.InvokeAsync<int>("AddAsync", 2, 40);

        Console.WriteLine(sum);
    }
}
