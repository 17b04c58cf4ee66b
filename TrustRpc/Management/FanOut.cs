using System.Runtime.InteropServices;

namespace TrustRpc.Management;

/// <summary>One command to many clients: so many at a time, one result for each, and all results together within a bound. Thread-safe.</summary>
internal sealed class FanOut(ClientDirectory directory, CommandSender sender, int concurrency, int maxResultBytes)
{
    /// <summary>The clients that are connected now and have an id of their own, by id: who asks once is nobody to command.</summary>
    public string[] Connected => [.. directory.Connected.Where(client => client.Uuid[0] != KnownClient.TemporaryPrefix && client.Newest is not null).Select(client => client.Uuid).Order(StringComparer.Ordinal)];

    public async Task<FanOutResult> SendAsync(IReadOnlyList<string> uuids, CommandRequest request, CancellationToken cancellationToken)
    {
        Run run = new(this, uuids, request, cancellationToken);
        Task[] lanes = new Task[Math.Min(concurrency, uuids.Count)];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = run.ServeLaneAsync();
        }

        await Task.WhenAll(lanes).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        int succeeded = run.Results.Count(static result => result.Success);
        return new FanOutResult { Success = succeeded == uuids.Count, Message = $"{succeeded} of {uuids.Count} clients succeeded.", Results = run.Results };
    }

    private async ValueTask<ClientCommandResult> SendToOneAsync(string uuid, CommandRequest request, CancellationToken cancellationToken)
    {
        try
        {
            CommandResult result = await sender.SendAsync(uuid, request, cancellationToken).ConfigureAwait(false);
            return new ClientCommandResult { ClientUuid = uuid, Success = result.Success, Message = result.Message, Result = result.Result };
        }
        catch (RpcException e)
        {
            return new ClientCommandResult { ClientUuid = uuid, Success = false, Message = e.Message, Code = (int)e.Code };
        }
    }

    /// <summary>The clients are on one list, and every lane takes the next one when it is done with the last.</summary>
    private sealed class Run(FanOut owner, IReadOnlyList<string> uuids, CommandRequest request, CancellationToken cancellationToken)
    {
        private int _next = -1;
        private long _bytes;

        public ClientCommandResult[] Results { get; } = new ClientCommandResult[uuids.Count];

        public async Task ServeLaneAsync()
        {
            for (int i = Interlocked.Increment(ref _next); i < uuids.Count; i = Interlocked.Increment(ref _next))
            {
                Results[i] = WithinBound(await owner.SendToOneAsync(uuids[i], request, cancellationToken).ConfigureAwait(false));
            }
        }

        private ClientCommandResult WithinBound(ClientCommandResult result)
        {
            if (result.Result is not { } value)
            {
                return result;
            }

            int size = JsonMarshal.GetRawUtf8Value(value).Length;
            if (Interlocked.Add(ref _bytes, size) <= owner.MaxResultBytes)
            {
                return result;
            }

            Interlocked.Add(ref _bytes, -size);
            return result with { Result = null, Message = $"The command was executed; its result of {size} bytes was left out, because all results together may have {owner.MaxResultBytes}." };
        }
    }

    private int MaxResultBytes => maxResultBytes;
}
