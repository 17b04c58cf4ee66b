using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>The clients in sync: what one of them says goes to whom it concerns. Thread-safe.</summary>
internal sealed class SyncRoom(ClientDirectory directory, EventHub events, ManagementOptions options)
{
    /// <summary>The most bytes of a payload: it must fit into a message with what stands around it, also where each character is escaped on the way.</summary>
    private const int MaxPayload = 256 * 1024;

    private readonly SyncParticipants _participants = new(options.MaxSyncClients);
    private volatile bool _ended;

    public int Count => _participants.Count;

    /// <summary>One client's sync: reads its messages until they end, and yields what it is to read.</summary>
    /// <exception cref="RpcException">There are too many; or, at the end, the client was too slow, silent for too long or lost.</exception>
    public async IAsyncEnumerable<SyncMessage> JoinAsync(string uuid, IAsyncEnumerable<JsonElement> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SyncParticipant participant = new(uuid, options.SyncQueue, options.SyncQueueBytes);
        if (!_participants.TryAdd(participant))
        {
            throw new RpcException(RpcErrorCode.ResourceExhausted, $"There are {options.MaxSyncClients} clients in sync already, which is the limit.");
        }

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_ended)
        {
            participant.End();
        }

        Task reading = ReadAllAsync(participant, messages, leaving.Token);
        try
        {
            await foreach (SyncMessage message in participant.OutgoingAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return message;
            }
        }
        finally
        {
            _participants.Remove(participant);
            await leaving.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    /// <summary>The server stops: nobody is waited for.</summary>
    public void End()
    {
        _ended = true;
        foreach (SyncParticipant participant in _participants.All)
        {
            participant.End();
        }
    }

    private async Task ReadAllAsync(SyncParticipant from, IAsyncEnumerable<JsonElement> messages, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (JsonElement message in messages.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                directory.Heard(from.Uuid);
                if (Take(from, message) is { } answer)
                {
                    await from.AnswerAsync(answer, cancellationToken).ConfigureAwait(false);
                }
            }

            from.End();
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.DeadlineExceeded)
        {
            from.End(new RpcException(e.Code, "No message came in time; whoever is in sync and has nothing to say sends a HEARTBEAT now and then."));
        }
        catch (Exception e) when (e is RpcConnectionException or OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // Gone, or ended from here: whoever is still there reads what there is.
            from.End();
        }
        catch (RpcException e)
        {
            from.End(new RpcException(e.Code, e.Message));
        }
        catch (Exception e)
        {
            from.End(e);
        }
    }

    // What the sender is told; null = nothing.
    private SyncMessage? Take(SyncParticipant from, JsonElement json)
    {
        if (SyncReader.TryRead(json, out SyncMessage message) is { } problem)
        {
            return Say(from, problem);
        }

        if (message.Payload is { } payload && JsonMarshal.GetRawUtf8Value(payload).Length is > MaxPayload and var size)
        {
            return Say(from, $"The payload has {size} bytes of JSON; {MaxPayload} are the most.");
        }

        switch (message.Type)
        {
            case SyncMessageType.Heartbeat:
                return message with { ClientUuid = from.Uuid, Timestamp = Now };
            case SyncMessageType.DataUpdate:
                return Spread(from, message);
            case SyncMessageType.Command or SyncMessageType.Response:
                return Route(from, message);
            default:
                return Say(from, $"There is no type of message '{ClientText.Tame(message.Type)}'; there are HEARTBEAT, DATA_UPDATE, COMMAND and RESPONSE.");
        }
    }

    private SyncMessage Spread(SyncParticipant from, SyncMessage update)
    {
        long sequence;
        try
        {
            sequence = events.Publish(ServerEventType.DataUpdate, (from.Uuid, update.Payload), Write, isWrapped: true);
        }
        catch (ArgumentException e)
        {
            return Say(from, e.Message);
        }

        update = update with { ClientUuid = from.Uuid, Timestamp = Now };
        foreach (SyncParticipant other in _participants.All)
        {
            if (other != from)
            {
                Tell(other, update);
            }
        }

        return Say(from, "", sequence);
    }

    private SyncMessage? Route(SyncParticipant from, SyncMessage message)
    {
        if (message.ClientUuid is not { } uuid)
        {
            return Say(from, $"A {message.Type} names in client_uuid for whom it is.");
        }

        message = message with { ClientUuid = from.Uuid, Timestamp = Now };
        int told = 0;
        foreach (SyncParticipant other in _participants.Of(uuid))
        {
            told += Tell(other, message) ? 1 : 0;
        }

        return told > 0 ? null : Say(from, $"The client '{ClientText.Tame(uuid)}' is not in sync; it did not get the {message.Type}.");
    }

    // Whoever cannot keep up is out at once, although it may be long until it reads so.
    private bool Tell(SyncParticipant other, SyncMessage message)
    {
        bool told = other.TryTell(message);
        if (!told)
        {
            _participants.Remove(other);
        }

        return told;
    }

    private long Now => options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private SyncMessage Say(SyncParticipant to, string problem, long? sequence = null) => new()
    {
        Type = SyncMessageType.Response,
        ClientUuid = to.Uuid,
        Payload = SyncReader.Answer(problem, sequence),
        Timestamp = Now,
    };

    private static void Write(Utf8JsonWriter json, (string Uuid, JsonElement? Payload) update)
    {
        json.WriteStartObject();
        json.WriteString("client_uuid"u8, update.Uuid);
        json.WritePropertyName("payload"u8);
        if (update.Payload is { } payload)
        {
            payload.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteEndObject();
    }
}
