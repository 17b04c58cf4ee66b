namespace TrustRpc.Client.Commands;

/// <summary>What the commands of management say of a server that has none.</summary>
internal static class Managed
{
    /// <summary>Runs what calls a server's management, and says so where it has none or does not name it to this caller.</summary>
    public static async Task<int> RunAsync(RpcClient client, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            throw new RpcException(e.Code, $"'{client.Server.Name}' does not manage clients: its program has to call server.AddManagement(). TrustRpc.Server does.", e);
        }
    }
}
