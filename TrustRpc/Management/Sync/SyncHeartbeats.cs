using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>Keeps a client in sync that has nothing to say: sends signs of life between its messages, and takes their answers out of what comes in.</summary>
/// <param name="messages">What the client has to say.</param>
/// <param name="time">Where time comes from; null = the system.</param>
internal sealed class SyncHeartbeats(IAsyncEnumerable<SyncMessage> messages, TimeProvider? time = null)
{
    /// <summary>A third of the time after which a server takes a silent client for gone, unless it is told otherwise.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly SyncMessage Heartbeat = new() { Type = SyncMessageType.Heartbeat, Payload = JsonElement.Parse("\"keep-alive\"") };

    public async IAsyncEnumerable<SyncMessage> MessagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IAsyncEnumerator<SyncMessage> own = messages.GetAsyncEnumerator(cancellationToken);
        Task<bool> moving = Task.FromResult(true);
        try
        {
            while (true)
            {
                moving = own.MoveNextAsync().AsTask();
                while (!await EndsInTimeAsync(moving).ConfigureAwait(false))
                {
                    yield return Heartbeat;
                }

                if (!await moving.ConfigureAwait(false))
                {
                    yield break;
                }

                yield return own.Current;
            }
        }
        finally
        {
            // Sync may end between two signs of life, and nobody waits for a message that comes too late: an enumerator can be disposed of only when it rests.
            Task leaving = LeaveAsync(own, moving);
            if (moving.IsCompleted)
            {
                await leaving.ConfigureAwait(false);
            }
        }
    }

    public static async IAsyncEnumerable<SyncMessage> WithoutAnswersAsync(IAsyncEnumerable<SyncMessage> incoming, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (SyncMessage message in incoming.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!IsAnswer(message))
            {
                yield return message;
            }
        }
    }

    public static IEnumerable<SyncMessage> WithoutAnswers(IEnumerable<SyncMessage> incoming) => incoming.Where(static message => !IsAnswer(message));

    private static async Task LeaveAsync(IAsyncEnumerator<SyncMessage> own, Task moving)
    {
        await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await own.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> EndsInTimeAsync(Task moving)
    {
        if (moving.IsCompleted)
        {
            return true;
        }

        using CancellationTokenSource enough = new();
        bool inTime = await Task.WhenAny(moving, Task.Delay(Interval, time ?? TimeProvider.System, enough.Token)).ConfigureAwait(false) == moving;
        await enough.CancelAsync().ConfigureAwait(false);
        return inTime;
    }

    private static bool IsAnswer(SyncMessage message)
        => message is { Type: SyncMessageType.Heartbeat, Payload: { ValueKind: JsonValueKind.String } payload } && payload.ValueEquals("keep-alive"u8);
}
