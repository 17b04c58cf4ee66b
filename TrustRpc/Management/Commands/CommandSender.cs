using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>Calls the handler of a command on a client, and tells apart what failed: the way there, the client, or the command. Thread-safe.</summary>
internal sealed class CommandSender(ClientDirectory directory, EventHub events, TimeProvider time)
{
    /// <summary>Characters of a client's message that an event tells: the sender has all of it, and what goes to every subscriber is short.</summary>
    private const int LongestMessage = 1024;

    /// <summary>So long a store has to tell who it is that is not connected.</summary>
    private static readonly TimeSpan PatienceWithStore = TimeSpan.FromSeconds(2);

    /// <summary>Calls the client's handler and waits for it.</summary>
    /// <exception cref="RpcException">The client is not connected, was lost, or its time was up.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CommandResult> SendAsync(string uuid, CommandRequest request, CancellationToken cancellationToken)
    {
        if (!directory.TryFind(uuid, out ConnectedClient? client) || client.Newest is not { } connection)
        {
            throw await NotThereAsync(uuid, cancellationToken).ConfigureAwait(false);
        }

        client.BeginCommand();
        long start = time.GetTimestamp();
        string? failure = "it was given up";
        events.Publish(ServerEventType.CommandSent, (uuid, request), WriteSent);
        try
        {
            CommandResult result = await CallAsync(connection, client, request, cancellationToken).ConfigureAwait(false);
            failure = result.Success ? null : result.Message;
            return result;
        }
        catch (RpcException e)
        {
            failure = e.Message;
            throw;
        }
        finally
        {
            client.EndCommand();
            events.Publish(ServerEventType.CommandCompleted, (uuid, request, failure, time.GetElapsedTime(start)), WriteCompleted);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandResult> CallAsync(RpcConnection connection, ConnectedClient client, CommandRequest request, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement? result = await CallHandlerAsync(connection, request, cancellationToken).ConfigureAwait(false);
            directory.Heard(client.Uuid);
            return new CommandResult { Success = true, Result = result is { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } ? null : result };
        }
        catch (RpcConnectionException e) when (!e.MayHaveBeenExecuted)
        {
            throw new RpcException(RpcErrorCode.NotFound, $"The client '{connection.Peer.Name}' is not connected any more; '{request.Command}' was not executed.", e);
        }
        catch (RpcException e) when (e is RpcConnectionException or { Code: RpcErrorCode.Cancelled })
        {
            throw new RpcException(
                RpcErrorCode.ApplicationError, $"The client '{connection.Peer.Name}' was lost while it ran '{request.Command}', which may have been executed: {e.Message}", e);
        }
        catch (RpcCallException e) when (e.Code is RpcErrorCode.DeadlineExceeded)
        {
            throw new RpcException(e.Code, $"The client '{connection.Peer.Name}' had not answered '{request.Command}' in time; it may have been executed.", e);
        }
        catch (RpcCallException e) when (e.Code is RpcErrorCode.Unavailable or RpcErrorCode.ResourceExhausted)
        {
            throw new RpcException(e.Code, $"The client '{connection.Peer.Name}' takes no commands now; '{request.Command}' was not executed.", e);
        }
        catch (RpcCallException e)
        {
            directory.Heard(client.Uuid);
            return new CommandResult
            {
                Success = false,
                Message = e.Code == RpcErrorCode.MethodNotFound ? $"The client '{connection.Peer.Name}' has no command '{request.Command}'." : e.Message,
            };
        }
    }

    private ValueTask<JsonElement?> CallHandlerAsync(RpcConnection connection, CommandRequest request, CancellationToken cancellationToken)
    {
        RpcCallOptions options = new() { Timeout = request.TimeLeft };
        string method = ClientCommands.Prefix + request.Command;
        return request.Progress is not null ? CallWithProgressAsync(connection, method, request, options, cancellationToken) : CallAsync(connection, method, request.Payload, options, cancellationToken);
    }

    private async ValueTask<JsonElement?> CallWithProgressAsync(RpcConnection connection, string method, CommandRequest request, RpcCallOptions options, CancellationToken cancellationToken)
    {
        CommandProgress progress = new(request.Progress!);
        long start = time.GetTimestamp();
        try
        {
            return await connection.CallAsync<JsonElement?>(method, [request.Payload, progress], options, cancellationToken).ConfigureAwait(false);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.InvalidParams && !progress.HasReported)
        {
            // Nothing was executed: the handler may be one that reports no progress.
            return await CallAsync(connection, method, request.Payload, options with { Timeout = Left(options.Timeout, start) }, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan? Left(TimeSpan? timeout, long start)
        => timeout is not { } limit || limit == Timeout.InfiniteTimeSpan ? timeout : limit - time.GetElapsedTime(start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private static ValueTask<JsonElement?> CallAsync(RpcConnection connection, string method, JsonElement? payload, RpcCallOptions options, CancellationToken cancellationToken)
        => payload is { } some ? connection.CallAsync<JsonElement?>(method, [some], options, cancellationToken) : connection.CallAsync<JsonElement?>(method, [], options, cancellationToken);

    private async ValueTask<RpcException> NotThereAsync(string uuid, CancellationToken cancellationToken)
    {
        KnownClient? known;
        using CancellationTokenSource enough = new(PatienceWithStore, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token);
        try
        {
            known = await directory.FindKnownAsync(uuid, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The store's failure is reported elsewhere; what the sender has to know does not depend on it.
            return new RpcException(RpcErrorCode.NotFound, $"The client '{uuid}' is not connected.", e);
        }

        return new RpcException(
            RpcErrorCode.NotFound,
            known is null ? $"There is no client '{uuid}'." : $"The client '{known.Name}' is not connected; it was last seen at {known.LastSeen:yyyy-MM-dd HH:mm:ss} UTC.");
    }

    private static void WriteSent(Utf8JsonWriter json, (string Uuid, CommandRequest Request) sent)
    {
        json.WriteStartObject();
        WriteCommand(json, sent.Uuid, sent.Request);
        json.WriteEndObject();
    }

    private static void WriteCompleted(Utf8JsonWriter json, (string Uuid, CommandRequest Request, string? Failure, TimeSpan Duration) completed)
    {
        json.WriteStartObject();
        WriteCommand(json, completed.Uuid, completed.Request);
        json.WriteBoolean("success"u8, completed.Failure is null);
        json.WriteString("message"u8, ClientText.Cut(completed.Failure ?? "", LongestMessage));
        json.WriteNumber("duration"u8, Math.Round(completed.Duration.TotalMilliseconds, 3));
        json.WriteEndObject();
    }

    private static void WriteCommand(Utf8JsonWriter json, string uuid, CommandRequest request)
    {
        json.WriteString("client_uuid"u8, uuid);
        json.WriteString("command"u8, request.Command);
        json.WriteString("from"u8, request.From);
    }
}
