using TrustRpc;

namespace Guide;

internal static class Security
{
    public static async Task RunAsync()
    {
        TrustId old = TrustId.Generate();
        TrustId fresh = TrustId.Generate();

        RpcServerOptions options = new() { TrustId = fresh, PreviousTrustIds = [old] };
        await using RpcServer server = new(options);
        server.Services.Add("ping", () => "pong");
        await server.StartAsync("unix:rotation.sock");

        RpcEndpoint place = RpcEndpoint.Parse("unix:rotation.sock");
        await using RpcClient behind = await RpcClient.ConnectAsync(place, new RpcClientOptions { TrustId = old });
        string text = fresh.ExportSecretText();
        RpcClientOptions fromVault = new() { TrustId = TrustId.Parse(text) };
        await using RpcClient ahead = await RpcClient.ConnectAsync(place, fromVault);

        RpcServerOptions guarded = new()
        {
            Authorize = (peer, method) => method != "shut_down" || peer.Transport == RpcTransport.Unix, // Who reaches the socket file.
        };
        guarded.TrustId = fresh;
        await using RpcServer other = new(guarded);
        other.Services.Add("shut_down", () => "Not from afar.");

        Console.WriteLine($"{await behind.CallAsync<string>("ping")} {await ahead.CallAsync<string>("ping")}");
    }
}
