using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>One command to many clients: so many at a time, one result for each, and all results together within a bound. Thread-safe.</summary>
internal sealed class FanOut(ClientDirectory directory, CommandSender sender, int concurrency, int maxResultBytes)
{
    private const int AroundAll = 256;
    private const int AroundEach = 120;
    private const int LongestEscape = 6;

    /// <summary>What a message has that is cut, so that it fits into <see cref="AroundEach"/>.</summary>
    private const int ShortMessage = 16;

    /// <summary>The clients that are connected now and have an id of their own, by id: who asks once is nobody to command.</summary>
    public string[] Connected => [.. directory.Connected.Where(client => client.Uuid[0] != KnownClient.TemporaryPrefix && client.Newest is not null).Select(client => client.Uuid).Order(StringComparer.Ordinal)];

    public async Task<FanOutResult> SendAsync(IReadOnlyList<string> uuids, CommandRequest request, CancellationToken cancellationToken)
    {
        long room = RoomFor(uuids);
        Run run = new(this, uuids, request, room, cancellationToken);
        Task[] lanes = new Task[Math.Min(concurrency, uuids.Count)];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = run.ServeLaneAsync();
        }

        await Task.WhenAll(lanes).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        int succeeded = run.Results.Count(static result => result.Success);
        string leftOut = run.LeftOut == 0 ? "" : $" {run.LeftOut} results or messages were left out or cut, because all of them together may have {room} bytes.";
        return new FanOutResult { Success = succeeded == uuids.Count, Message = $"{succeeded} of {uuids.Count} client{(uuids.Count == 1 ? "" : "s")} succeeded.{leftOut}", Results = run.Results };
    }

    // What results may have, beside what each client needs in the answer in any case.
    private long RoomFor(IReadOnlyList<string> uuids)
    {
        long room = (2L * maxResultBytes) - AroundAll - uuids.Sum(static uuid => (long)AroundEach + uuid.Sum(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? 1 : LongestEscape));
        return room >= 0 || uuids.Count <= 1
            ? Math.Clamp(room, 0, maxResultBytes)
            : throw new RpcException(RpcErrorCode.ResourceExhausted, $"The results of {uuids.Count} clients are more than one answer holds; nothing was executed. Name fewer of them at a time.");
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
    private sealed class Run(FanOut owner, IReadOnlyList<string> uuids, CommandRequest request, long room, CancellationToken cancellationToken)
    {
        private int _next = -1;
        private long _bytes;
        private int _leftOut;

        public int LeftOut => _leftOut;

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
            int size = result.Message.Length == 0 ? 0 : JsonEncodedText.Encode(result.Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.Length;
            size += result.Result is { } value ? JsonMarshal.GetRawUtf8Value(value).Length : 0;
            if (Interlocked.Add(ref _bytes, size) <= room)
            {
                return result;
            }

            Interlocked.Add(ref _bytes, -size);
            Interlocked.Increment(ref _leftOut);
            return result with { Result = null, Message = result.Success ? "Result left out." : ClientText.Cut(result.Message, ShortMessage - 1) + "…" };
        }
    }
}
