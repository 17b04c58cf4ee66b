using TrustRpc;

namespace Guide;

internal static class Errors
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new();
        server.Services.Add("withdraw", (int amount) => amount <= 100 ? amount : throw new RpcException(RpcErrorCode.Conflict, "There is not so much."));
        await server.StartAsync("unix:errors.sock");
        await using RpcClient client = await RpcClient.ConnectAsync("unix:errors.sock");

        try
        {
            await client.CallAsync<int>("withdraw", [500], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(2) });
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.Conflict)
        {
            Console.WriteLine(e.Message); // The method said no; the connection is fine.
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.DeadlineExceeded)
        {
            Console.WriteLine("Too slow."); // The server was told, and ended the method.
        }
        catch (RpcConnectionException e)
        {
            Console.WriteLine(e.MayHaveBeenExecuted ? "Look whether it was done." : "It was not done.");
        }
    }
}
