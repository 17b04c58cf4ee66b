namespace TrustRpc.Management;

/// <summary>What clients call, under the names and with the parameters that travel.</summary>
internal sealed class ManagementService(ClientDirectory directory, EventHub events)
{
    private const int MostPerPage = 500;
    private const int LastPage = 1_000_000;

    /// <summary>One page of every client ever seen.</summary>
    [RpcMethod("ListClients")]
    public ValueTask<ClientList> ListClientsAsync(
        int page = 0, int page_size = 50, bool? online = null, string? name_contains = null, CancellationToken cancellationToken = default)
    {
        Check(page is >= 0 and <= LastPage, $"'page' must be from 0 to {LastPage}.");
        Check(page_size is >= 1 and <= MostPerPage, $"'page_size' must be from 1 to {MostPerPage}.");
        Check(name_contains is null or { Length: <= KnownClient.LongestName }, $"'name_contains' must have at most {KnownClient.LongestName} characters.");
        ClientQuery query = new() { Skip = page * page_size, Take = page_size, Online = online, NameContains = name_contains is "" ? null : name_contains };
        return directory.ListAsync(query, cancellationToken);
    }

    /// <summary>What happens from now on, or from a number on.</summary>
    [RpcMethod("Subscribe")]
    public IAsyncEnumerable<ServerEvent> Subscribe(string[]? event_types = null, long? after = null, bool greet = false)
    {
        Check(after is null or (>= 0 and < long.MaxValue), "'after' must be the number of an event, 0 or more.");
        return events.Subscribe(event_types, after, greet);
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new RpcException(RpcErrorCode.InvalidParams, otherwise);
        }
    }
}
