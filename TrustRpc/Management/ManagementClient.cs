using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>
/// A typed view of a server's management: <c>new ManagementClient(client)</c>. Light, not to be disposed, and thread-safe. Each member has an asynchronous form and one that blocks the calling thread and
/// needs no free thread of the pool. All may throw what every call may (see <see cref="RpcCaller"/>); a server without management answers <see cref="RpcErrorCode.MethodNotFound"/>.
/// </summary>
/// <param name="client">The client that calls. For subscriptions that survive a lost connection it must reconnect (<see cref="RpcClientOptions.Reconnect"/>).</param>
public sealed class ManagementClient(RpcClient client)
{
    /// <summary>What the server needs beyond a command's own time to say that it was over.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>One page of every client that the server has ever seen, by name and then id.</summary>
    /// <param name="page">Which page, from 0.</param>
    /// <param name="pageSize">How many clients a page has, 1 to 500.</param>
    /// <param name="online">True = those alone that are connected, false = those alone that are not, null = all.</param>
    /// <param name="nameContains">Those alone whose name has this text in it, whatever the case of its letters; null = all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page, empty beyond the last client, and how many there are in all.</returns>
    public ValueTask<ClientList> ListClientsAsync(
        int page = 0, int pageSize = 50, bool? online = null, string? nameContains = null, CancellationToken cancellationToken = default)
        => client.CallAsync<ClientList>("ListClients", [page, pageSize, online, nameContains], Repeatable, cancellationToken);

    /// <summary>As <see cref="ListClientsAsync"/>, blocking the calling thread.</summary>
    /// <param name="page">Which page, from 0.</param>
    /// <param name="pageSize">How many clients a page has, 1 to 500.</param>
    /// <param name="online">True = those alone that are connected, false = those alone that are not, null = all.</param>
    /// <param name="nameContains">Those alone whose name has this text in it; null = all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    public ClientList ListClients(int page = 0, int pageSize = 50, bool? online = null, string? nameContains = null, CancellationToken cancellationToken = default)
        => client.Call<ClientList>("ListClients", [page, pageSize, online, nameContains], Repeatable, cancellationToken);

    /// <summary>Has the server forget a client that is not connected, as if it had never been there. It is known again when it connects again.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>False = there was no such client.</returns>
    /// <exception cref="RpcCallException">The client is connected (<see cref="RpcErrorCode.Conflict"/>). The connection is fine.</exception>
    public ValueTask<bool> ForgetClientAsync(string clientUuid, CancellationToken cancellationToken = default)
        => client.CallAsync<bool>("ForgetClient", [clientUuid], cancellationToken: cancellationToken);

    /// <summary>As <see cref="ForgetClientAsync"/>, blocking the calling thread.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>False = there was no such client.</returns>
    public bool ForgetClient(string clientUuid, CancellationToken cancellationToken = default) => client.Call<bool>("ForgetClient", [clientUuid], cancellationToken: cancellationToken);

    /// <summary>Has a client execute a command, and waits for its result.</summary>
    /// <typeparam name="TResult">What the result is read as, with what goes for every call's: <see cref="RpcCaller.CallAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/>.</typeparam>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets, any value that can be written as JSON; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>The result.</returns>
    /// <exception cref="CommandFailedException">The client does not have the command, it failed, or its result is not a <typeparamref name="TResult"/>. The connection is fine.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">
    /// The client is not connected (<see cref="RpcErrorCode.NotFound"/>, not executed), its time was up (<see cref="RpcErrorCode.DeadlineExceeded"/>), or it was lost while it ran the command; the message says
    /// whether that may have been executed. The connection is fine.
    /// </exception>
    public ValueTask<TResult> SendCommandAsync<TResult>(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => SendCommandAsync<TResult, JsonElement>(clientUuid, command, payload, timeout, null, cancellationToken);

    /// <summary>As <see cref="SendCommandAsync{TResult}(string, string, object, TimeSpan?, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <typeparam name="TResult">What the result is read as.</typeparam>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>The result.</returns>
    /// <exception cref="CommandFailedException">The client does not have the command, it failed, or its result is not a <typeparamref name="TResult"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public TResult SendCommand<TResult>(string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => SendCommand<TResult, JsonElement>(clientUuid, command, payload, timeout, null, cancellationToken);

    /// <summary>As <see cref="SendCommandAsync{TResult}(string, string, object, TimeSpan?, CancellationToken)"/>, and tells how far the client is.</summary>
    /// <typeparam name="TResult">What the result is read as.</typeparam>
    /// <typeparam name="TProgress">What reports are read as.</typeparam>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="progress">Is told how far it is, where the handler says so, before the result is there; null = nobody.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>The result.</returns>
    /// <exception cref="CommandFailedException">The client does not have the command, it failed, or its result is not a <typeparamref name="TResult"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public ValueTask<TResult> SendCommandAsync<TResult, TProgress>(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, IProgress<TProgress>? progress = null, CancellationToken cancellationToken = default)
        => ResultAsync(
            client.CallAsync<TypedAnswer<TResult>>("SendCommand", Arguments(clientUuid, command, payload, timeout, progress).AsSpan(), Within(timeout), cancellationToken), clientUuid, command);

    /// <summary>As <see cref="SendCommandAsync{TResult, TProgress}(string, string, object, TimeSpan?, IProgress{TProgress}, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <typeparam name="TResult">What the result is read as.</typeparam>
    /// <typeparam name="TProgress">What reports are read as.</typeparam>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="progress">Is told how far it is; null = nobody.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>The result.</returns>
    /// <exception cref="CommandFailedException">The client does not have the command, it failed, or its result is not a <typeparamref name="TResult"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public TResult SendCommand<TResult, TProgress>(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, IProgress<TProgress>? progress = null, CancellationToken cancellationToken = default)
        => client.Call<TypedAnswer<TResult>>("SendCommand", Arguments(clientUuid, command, payload, timeout, progress).AsSpan(), Within(timeout), cancellationToken).ResultOf(clientUuid, command);

    /// <summary>Has a client execute a command, and waits for what it makes of it, a failure included.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets, any value that can be written as JSON; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="progress">Is told how far it is, where the handler says so; null = nobody.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>What the client made of it: a command that it does not have or that fails is no exception.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">
    /// The client is not connected (<see cref="RpcErrorCode.NotFound"/>, not executed), its time was up (<see cref="RpcErrorCode.DeadlineExceeded"/>), or it was lost while it ran the command; the message says
    /// whether that may have been executed. The connection is fine.
    /// </exception>
    public ValueTask<CommandResult> SendCommandAsync(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, IProgress<JsonElement>? progress = null, CancellationToken cancellationToken = default)
        => client.CallAsync<CommandResult>("SendCommand", Arguments(clientUuid, command, payload, timeout, progress).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>As <see cref="SendCommandAsync(string, string, object, TimeSpan?, IProgress{JsonElement}, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handler gets; null = nothing.</param>
    /// <param name="timeout">How long the client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="progress">Is told how far it is; null = nobody.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>What the client made of it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public CommandResult SendCommand(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, IProgress<JsonElement>? progress = null, CancellationToken cancellationToken = default)
        => client.Call<CommandResult>("SendCommand", Arguments(clientUuid, command, payload, timeout, progress).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>Has several clients execute a command, and waits for all of them.</summary>
    /// <param name="clientUuids">Their ids, each once and at most 10,000; for all that are connected see <see cref="SendCommandToAllAsync(string, object, TimeSpan?, CancellationToken)"/>.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, in the order of the ids: a client that is not there, or fails, is no exception.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">An id stands twice or there are too many (<see cref="RpcErrorCode.InvalidParams"/>, nothing executed), or the call's time was up. The connection is fine.</exception>
    public ValueTask<FanOutResult> SendCommandAsync(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.CallAsync<FanOutResult>("SendCommand", Arguments(clientUuids, command, payload, timeout).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>As <see cref="SendCommandAsync(IReadOnlyList{string}, string, object, TimeSpan?, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <param name="clientUuids">Their ids, each once and at most 10,000.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public FanOutResult SendCommand(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.Call<FanOutResult>("SendCommand", Arguments(clientUuids, command, payload, timeout).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>Has several clients execute a command, and waits for the results of all of them.</summary>
    /// <typeparam name="TResult">What each result is read as. One that is of another type is a failure of that client's alone.</typeparam>
    /// <param name="clientUuids">Their ids, each once and at most 10,000.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, in the order of the ids: a client that is not there, or fails, is no exception.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">An id stands twice or there are too many (<see cref="RpcErrorCode.InvalidParams"/>, nothing executed), or the call's time was up. The connection is fine.</exception>
    public ValueTask<FanOutResult<TResult>> SendCommandAsync<TResult>(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => ResultsAsync(client.CallAsync<TypedAnswer<TResult>>("SendCommand", Arguments(clientUuids, command, payload, timeout).AsSpan(), Within(timeout), cancellationToken));

    /// <summary>As <see cref="SendCommandAsync{TResult}(IReadOnlyList{string}, string, object, TimeSpan?, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <typeparam name="TResult">What each result is read as.</typeparam>
    /// <param name="clientUuids">Their ids, each once and at most 10,000.</param>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public FanOutResult<TResult> SendCommand<TResult>(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.Call<TypedAnswer<TResult>>("SendCommand", Arguments(clientUuids, command, payload, timeout).AsSpan(), Within(timeout), cancellationToken).ResultsOfAll();

    /// <summary>Has all clients execute a command that are connected now and have chosen an id of their own, and waits for all of them. This client is among them, where it has.</summary>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, by their ids; none and success where nobody is connected.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">There are more than one answer holds (<see cref="RpcErrorCode.ResourceExhausted"/>, nothing executed), or the call's time was up. The connection is fine.</exception>
    public ValueTask<FanOutResult> SendCommandToAllAsync(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.CallAsync<FanOutResult>("SendCommand", ArgumentsToAll(command, payload, timeout).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>As <see cref="SendCommandToAllAsync(string, object, TimeSpan?, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public FanOutResult SendCommandToAll(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.Call<FanOutResult>("SendCommand", ArgumentsToAll(command, payload, timeout).AsSpan(), Within(timeout), cancellationToken);

    /// <summary>As <see cref="SendCommandToAllAsync(string, object, TimeSpan?, CancellationToken)"/>, with results of a type.</summary>
    /// <typeparam name="TResult">What each result is read as. One that is of another type is a failure of that client's alone.</typeparam>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, by their ids; none and success where nobody is connected.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    /// <exception cref="RpcCallException">There are more than one answer holds (<see cref="RpcErrorCode.ResourceExhausted"/>, nothing executed), or the call's time was up. The connection is fine.</exception>
    public ValueTask<FanOutResult<TResult>> SendCommandToAllAsync<TResult>(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => ResultsAsync(client.CallAsync<TypedAnswer<TResult>>("SendCommand", ArgumentsToAll(command, payload, timeout).AsSpan(), Within(timeout), cancellationToken));

    /// <summary>As <see cref="SendCommandToAllAsync{TResult}(string, object, TimeSpan?, CancellationToken)"/>, blocking the calling thread.</summary>
    /// <typeparam name="TResult">What each result is read as.</typeparam>
    /// <param name="command">The command's name, exact.</param>
    /// <param name="payload">What its handlers get; null = nothing.</param>
    /// <param name="timeout">How long each client has, 1 ms to 24 days; null = as long as calls of this client wait.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range; nothing was sent.</exception>
    public FanOutResult<TResult> SendCommandToAll<TResult>(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => client.Call<TypedAnswer<TResult>>("SendCommand", ArgumentsToAll(command, payload, timeout).AsSpan(), Within(timeout), cancellationToken).ResultsOfAll();

    /// <summary>What happens on the server, as it happens.</summary>
    /// <param name="eventTypes">The kinds wanted: names, or beginnings with a <c>*</c> behind them, at most 64; null or empty = all.</param>
    /// <param name="resume">
    /// True = when the connection is lost or the server starts again, the subscription goes on behind the last event seen; where the history does not hold what lies between any more, a
    /// <see cref="ServerEventType.Gap"/> says so. It ends when the client is closed. False = it ends, or fails, with the connection.
    /// </param>
    /// <param name="after">Begins behind the event with that number, as far as the history goes; null = with the next event.</param>
    /// <param name="cancellationToken">Ends the subscription: <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events, to be enumerated once. Whoever reads too slowly misses the oldest, and gets a <see cref="ServerEventType.Gap"/> in their place.</returns>
    public IAsyncEnumerable<ServerEvent> SubscribeAsync(
        IReadOnlyList<string>? eventTypes = null, bool resume = false, long? after = null, CancellationToken cancellationToken = default)
        => resume ? new ResumingSubscription(client, eventTypes, after, TimeProvider.System).EventsAsync(cancellationToken) : client.StreamAsync<ServerEvent>("Subscribe", [eventTypes, after], Endless, cancellationToken);

    /// <summary>As <see cref="SubscribeAsync"/>, blocking the enumerating thread whenever the next event is not there.</summary>
    /// <param name="eventTypes">The kinds wanted; null or empty = all.</param>
    /// <param name="resume">True = goes on behind the last event seen when the connection was lost.</param>
    /// <param name="after">Begins behind the event with that number; null = with the next event.</param>
    /// <param name="cancellationToken">Ends the subscription: <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events, to be enumerated once, by one thread.</returns>
    public IEnumerable<ServerEvent> Subscribe(IReadOnlyList<string>? eventTypes = null, bool resume = false, long? after = null, CancellationToken cancellationToken = default)
        => resume ? new ResumingSubscription(client, eventTypes, after, TimeProvider.System).Events(cancellationToken) : client.Stream<ServerEvent>("Subscribe", [eventTypes, after], Endless, cancellationToken);

    /// <summary>Takes part in sync: sends messages, and receives those of others and what the server says. Signs of life are sent, and their answers taken, by themselves.</summary>
    /// <param name="messages">What this client has to say; sync ends with it, behind the answers to all of it.</param>
    /// <param name="cancellationToken">Leaves sync: <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// What comes in, to be enumerated once, and soon: a client that does not read is not read either, and where <see cref="ManagementOptions.SyncQueue"/> messages of others wait for it, its sync ends with
    /// <see cref="RpcErrorCode.ResourceExhausted"/>. It ends with the connection as well, and is not resumed.
    /// </returns>
    public IAsyncEnumerable<SyncMessage> SyncAsync(IAsyncEnumerable<SyncMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        SyncHeartbeats lively = new(messages);
        return SyncHeartbeats.WithoutAnswersAsync(client.StreamAsync<SyncMessage>("StreamSync", [lively.MessagesAsync(CancellationToken.None)], Endless, cancellationToken), cancellationToken);
    }

    /// <summary>As <see cref="SyncAsync"/>, blocking the enumerating thread whenever nothing has come in. The messages are enumerated on a thread of their own, which they may block.</summary>
    /// <param name="messages">
    /// What this client has to say. Where it waits for its next message when sync has ended, its thread, a background one, waits with it: a sequence that may wait for ever is given a token of the program's own,
    /// to be cancelled behind the loop over what comes in.
    /// </param>
    /// <param name="cancellationToken">Leaves sync: <see cref="OperationCanceledException"/>.</param>
    /// <returns>What comes in, to be enumerated once, by one thread.</returns>
    public IEnumerable<SyncMessage> Sync(IEnumerable<SyncMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        SyncHeartbeats lively = new(BlockingMessages.OnOwnThreadAsync(messages));
        return SyncHeartbeats.WithoutAnswers(client.Stream<SyncMessage>("StreamSync", [lively.MessagesAsync(CancellationToken.None)], Endless, cancellationToken));
    }

    internal static RpcCallOptions Endless => new() { Timeout = Timeout.InfiniteTimeSpan, Idempotent = true };

    private static RpcCallOptions Repeatable => new() { Idempotent = true };

    private static RpcCallOptions Within(TimeSpan? timeout) => new() { Timeout = timeout + Margin };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<TResult> ResultAsync<TResult>(ValueTask<TypedAnswer<TResult>> answer, string clientUuid, string command)
        => (await answer.ConfigureAwait(false)).ResultOf(clientUuid, command);

    private static async ValueTask<FanOutResult<TResult>> ResultsAsync<TResult>(ValueTask<TypedAnswer<TResult>> answer) => (await answer.ConfigureAwait(false)).ResultsOfAll();

    // By position, as far as there is something to say: cheaper than by name, on both sides.
    private static object?[] Arguments(string clientUuid, string command, object? payload, TimeSpan? timeout, object? progress)
    {
        ArgumentNullException.ThrowIfNull(clientUuid);
        ArgumentNullException.ThrowIfNull(command);
        return progress is not null ? [clientUuid, command, payload, TimeOf(timeout), null, progress]
            : timeout is not null ? [clientUuid, command, payload, TimeOf(timeout)]
            : [clientUuid, command, payload];
    }

    private static object?[] Arguments(IReadOnlyList<string> clientUuids, string command, object? payload, TimeSpan? timeout)
    {
        ArgumentNullException.ThrowIfNull(clientUuids);
        ArgumentNullException.ThrowIfNull(command);
        return [null, command, payload, TimeOf(timeout), clientUuids];
    }

    private static object?[] ArgumentsToAll(string command, object? payload, TimeSpan? timeout)
    {
        ArgumentNullException.ThrowIfNull(command);
        return [null, command, payload, TimeOf(timeout), "*"];
    }

    private static CommandTime? TimeOf(TimeSpan? timeout)
    {
        if (timeout is not { } limit)
        {
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.FromMilliseconds(1), nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, TimeSpan.FromMilliseconds(int.MaxValue), nameof(timeout));
        return new CommandTime(limit, TimeProvider.System);
    }
}
