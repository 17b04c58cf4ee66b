using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>What clients call, under the names and with the parameters that travel.</summary>
internal sealed class ManagementService(ClientDirectory directory, EventHub events, CommandSender sender, FanOut fanOut, SyncRoom sync)
{
    private const int LongestTimeout = int.MaxValue;
    private const string Timeouts = "'timeout' must be a number of milliseconds from 1 to 2147483647.";
    private const string Commands = "'command' must have 1 to 128 characters and no control characters.";
    private const string Pages = "'page' must be from 0 to 1000000.";
    private const string PageSizes = "'page_size' must be from 1 to 500.";
    private const string Names = "'name_contains' must have at most 128 characters.";

    private const int MostPerPage = 500;
    private const int LastPage = 1_000_000;

    /// <summary>One page of every client ever seen.</summary>
    [RpcMethod("ListClients")]
    public ValueTask<ClientList> ListClientsAsync(
        long page = 0, long page_size = 50, bool? online = null, string? name_contains = null, CancellationToken cancellationToken = default)
    {
        Check(page is >= 0 and <= LastPage, Pages);
        Check(page_size is >= 1 and <= MostPerPage, PageSizes);
        Check(name_contains is null or { Length: <= KnownClient.LongestName }, Names);
        ClientQuery query = new() { Skip = (int)(page * page_size), Take = (int)page_size, Online = online, NameContains = name_contains is "" ? null : name_contains };
        return FromStoreAsync(directory.ListAsync(query, cancellationToken), cancellationToken);
    }

    /// <summary>Takes a client that is not connected off the list.</summary>
    [RpcMethod("ForgetClient")]
    public ValueTask<bool> ForgetClientAsync(string client_uuid, CancellationToken cancellationToken = default)
        => FromStoreAsync(directory.ForgetAsync(client_uuid, cancellationToken), cancellationToken);

    /// <summary>Calls the handler of a command on one client or several, and waits for the answers.</summary>
    [RpcMethod("SendCommand", Inline = true)]
    public async Task<CommandAnswer> SendCommandAsync(
        RpcContext context,
        string? client_uuid = null,
        string? command = null,
        JsonElement? payload = null,
        double? timeout = null,
        JsonElement? client_uuids = null,
        IProgress<JsonElement>? progress = null)
    {
        Check(ClientCommands.IsName(command), Commands);
        Check(timeout is null or (>= 1 and <= LongestTimeout), Timeouts);
        Check(client_uuid is null != client_uuids is null, "One of 'client_uuid' and 'client_uuids' must be given.");
        CommandRequest request = new(command!, payload, progress, timeout is { } some ? TimeSpan.FromMilliseconds(some) : null, context);
        if (client_uuid is not null)
        {
            return CommandAnswer.Of(await sender.SendAsync(client_uuid, request, context.CancellationToken).ConfigureAwait(false));
        }

        // One command is on its way before anybody notices; thousands must not hold up what this sender has still to say.
        await Task.Yield();
        IReadOnlyList<string> uuids = ClientUuids.Read(client_uuids!.Value) ?? fanOut.Connected;
        return CommandAnswer.Of(await fanOut.SendAsync(uuids, request, context.CancellationToken).ConfigureAwait(false));
    }

    /// <summary>What happens from now on, or from a number on.</summary>
    [RpcMethod("Subscribe")]
    public IAsyncEnumerable<ServerEvent> Subscribe(string[]? event_types = null, long? after = null, bool greet = false)
    {
        Check(after is null or (>= 0 and < long.MaxValue), "'after' must be the number of an event, 0 or more.");
        return events.Subscribe(event_types, after, greet);
    }

    /// <summary>Keeps clients in step.</summary>
    [RpcMethod("StreamSync")]
    public IAsyncEnumerable<SyncMessage> StreamSync(RpcContext context, IAsyncEnumerable<JsonElement> messages)
        => sync.JoinAsync(context.Peer.Id, messages, CancellationToken.None);

    // Why it fails is told to the server's owner (RpcManagement.StoreFailed): paths and addresses are nobody else's business.
    private static async ValueTask<T> FromStoreAsync<T>(ValueTask<T> asked, CancellationToken cancellationToken)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not RpcException && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(RpcErrorCode.Unavailable, "The server's store of clients fails at the moment, which the server's own messages explain; it is tried again. Commands, events and sync go on.", e);
        }
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new RpcException(RpcErrorCode.InvalidParams, otherwise);
        }
    }
}
