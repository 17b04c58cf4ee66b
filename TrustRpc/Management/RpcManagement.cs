using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>
/// The management of one server: who its clients are, what they are told to do, and what happens. Made by <c>server.AddManagement()</c>; it begins and ends with the server, whose
/// <see cref="RpcServer.StopAsync"/> waits until the store is saved and closed. All members are thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The server's end is its end: there is nothing left for anybody to dispose of.")]
public sealed class RpcManagement
{
    private const string ByReflection = "Payloads are written, and results read, by reflection.";

    private readonly ClientSaver _saver;
    private readonly ClientDirectory _directory;
    private readonly CommandSender _sender;
    private readonly FanOut _fanOut;
    private readonly SyncRoom _sync;
    private readonly ManagementService _service;
    private readonly TimeSpan _lastSeenRefresh;
    private readonly ITimer _refresh;
    private readonly Lock _beginning = new();
    private bool _hasBegun;

    [RequiresUnreferencedCode("Methods are registered by reflection.")]
    [RequiresDynamicCode("Methods are registered by reflection.")]
    internal RpcManagement(RpcServer server, ManagementOptions options)
    {
        options = options.Checked();
        Events = new EventHub(options);
        _saver = new ClientSaver(options, options.Store ?? new MemoryClientStore(), RaiseStoreFailed);
        _directory = new ClientDirectory(_saver, Events, options.SameClientId, options.TimeProvider);
        _lastSeenRefresh = options.LastSeenRefresh;
        _refresh = options.TimeProvider.CreateTimer(static directory => ((ClientDirectory)directory!).SaveLastSeen(), _directory, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _sender = new CommandSender(_directory, Events, options.TimeProvider);
        _fanOut = new FanOut(_directory, _sender, options.FanOutConcurrency, options.FanOutResultBytes);
        _sync = new SyncRoom(_directory, Events, options);
        _service = new ManagementService(_directory, Events, _sender, _fanOut, _sync);
        try
        {
            server.Services.Add(_service);
        }
        catch
        {
            Events.Complete();
            throw;
        }

        server.Stopping += (_, _) => Stop();
        server.Stopped += (_, stopped) => Stopped(stopped);
        Begin(server);
        server.ClientConnecting += (_, client) => client.Refusal ??= _directory.WhyNot(client.Id);
        server.ClientConnected += (_, client) => _directory.Add(client.Connection);
        server.ClientDisconnected += (_, client) => _directory.Remove(client.Connection, client.Reason);
        foreach (RpcConnection connection in server.Connections)
        {
            _directory.Add(connection);
            if (connection.Closed.IsCompleted)
            {
                // Its end may have been told before it was added.
                _directory.Remove(connection, connection.Closed.Result);
            }
        }
    }

    /// <summary>
    /// The store could not be opened, or could not save. It is tried again, within five seconds and with every change; what was to be saved is kept meanwhile, for 10,000 clients at least. Commands, events and sync
    /// go on all the same; lists fail until it can save. Raised on a thread of the pool; what a handler throws has no effect.
    /// </summary>
    public event EventHandler<ErrorEventArgs>? StoreFailed;

    /// <summary>Completes when the store is open; faults where it cannot be opened at first, and lists fail until it can be. To be awaited by a program that wants to know before it listens.</summary>
    public Task Ready => _saver.Opened;

    /// <summary>What happens: to publish and to subscribe.</summary>
    public EventHub Events { get; }

    /// <summary>Clients in sync at the moment.</summary>
    public int SyncClients => _sync.Count;

    /// <summary>One page of every client ever seen, by name and then id.</summary>
    /// <param name="page">Which page, from 0 to 1,000,000.</param>
    /// <param name="pageSize">How many clients a page has, 1 to 500.</param>
    /// <param name="online">True = those alone that are connected, false = those alone that are not, null = all.</param>
    /// <param name="nameContains">Those alone whose name has this text in it, whatever the case of its letters; null = all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page, empty beyond the last client, and how many there are in all.</returns>
    /// <exception cref="RpcException">A number is out of its range, or the store fails (<see cref="RpcErrorCode.Unavailable"/>).</exception>
    public ValueTask<ClientList> ListClientsAsync(
        int page = 0, int pageSize = 50, bool? online = null, string? nameContains = null, CancellationToken cancellationToken = default)
        => _service.ListClientsAsync(page, pageSize, online, nameContains, cancellationToken);

    /// <summary>Forgets a client that is not connected, as if it had never been there. It is known again when it connects again.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="cancellationToken">Gives up; the client may have been forgotten.</param>
    /// <returns>False = there was no such client.</returns>
    /// <exception cref="RpcException">The client is connected (<see cref="RpcErrorCode.Conflict"/>), or the store fails (<see cref="RpcErrorCode.Unavailable"/>).</exception>
    public ValueTask<bool> ForgetClientAsync(string clientUuid, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clientUuid);
        return _service.ForgetClientAsync(clientUuid, cancellationToken);
    }

    /// <summary>Sends a command to a client and waits for its result.</summary>
    /// <typeparam name="TResult">What the result is read as, in camelCase.</typeparam>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handler gets, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long the client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>The result; the type's default where the handler returns nothing and null is a value of the type.</returns>
    /// <exception cref="CommandFailedException">The client does not have the command, it failed, or its result is not a <typeparamref name="TResult"/>.</exception>
    /// <exception cref="ArgumentException">The command's name is not within these limits, or the time is negative. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    /// <exception cref="RpcException">
    /// The client is not connected (<see cref="RpcErrorCode.NotFound"/>, not executed), its time was up (<see cref="RpcErrorCode.DeadlineExceeded"/>), or it was lost while it ran the command; the message says
    /// whether that may have been executed.
    /// </exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public async ValueTask<TResult> SendCommandAsync<TResult>(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        CommandResult result = await SendCommandAsync(clientUuid, command, payload, timeout, null, cancellationToken).ConfigureAwait(false);
        return TypedAnswer<TResult>.Of(result).ResultOf(clientUuid, command);
    }

    /// <summary>Sends a command to a client and waits for what it makes of it, a failure included.</summary>
    /// <param name="clientUuid">The client's id.</param>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handler gets, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long the client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="progress">Is told how far it is, where the handler says so; null = nobody.</param>
    /// <param name="cancellationToken">Gives up; the client is told.</param>
    /// <returns>What the client made of it: a command that it does not have or that fails is no exception.</returns>
    /// <exception cref="ArgumentException">The command's name is not within these limits, or the time is negative. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    /// <exception cref="RpcException">As above.</exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public ValueTask<CommandResult> SendCommandAsync(
        string clientUuid, string command, object? payload = null, TimeSpan? timeout = null, IProgress<JsonElement>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clientUuid);
        return _sender.SendAsync(clientUuid, Request(command, payload, progress, timeout), cancellationToken);
    }

    /// <summary>Sends a command to several clients, <see cref="ManagementOptions.FanOutConcurrency"/> at a time, and waits for the results of all of them.</summary>
    /// <typeparam name="TResult">What each result is read as, in camelCase. One that is of another type is a failure of that client's alone.</typeparam>
    /// <param name="clientUuids">Their ids, each once and at most 10,000; for all that are connected see <see cref="SendCommandToAllAsync{TResult}"/>.</param>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long each client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, in the order of the ids: a client that is not there, or fails, is no exception.</returns>
    /// <exception cref="ArgumentException">The command's name is not within these limits, the time is negative, or an id stands twice, is null or one of too many. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    /// <exception cref="RpcException">Their results are more than one answer holds (<see cref="RpcErrorCode.ResourceExhausted"/>). Nothing was executed.</exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public async Task<FanOutResult<TResult>> SendCommandAsync<TResult>(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => TypedAnswer<TResult>.Of(await SendCommandAsync(clientUuids, command, payload, timeout, cancellationToken).ConfigureAwait(false)).ResultsOfAll();

    /// <summary>As <see cref="SendCommandAsync{TResult}(IReadOnlyList{string}, string, object, TimeSpan?, CancellationToken)"/>, with results as the JSON that they are.</summary>
    /// <param name="clientUuids">Their ids, each once and at most 10,000; for all that are connected see <see cref="SendCommandToAllAsync"/>.</param>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long each client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client.</returns>
    /// <exception cref="ArgumentException">The command's name is not within these limits, the time is negative, or an id stands twice, is null or one of too many. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    /// <exception cref="RpcException">Their results are more than one answer holds (<see cref="RpcErrorCode.ResourceExhausted"/>). Nothing was executed.</exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public Task<FanOutResult> SendCommandAsync(
        IReadOnlyList<string> clientUuids, string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clientUuids);
        CommandRequest request = Request(command, payload, null, timeout);
        return ClientUuids.TryTake(clientUuids, out string[]? uuids)
            ? _fanOut.SendAsync(uuids, request, cancellationToken)
            : throw new ArgumentException(ClientUuids.Wrong, nameof(clientUuids));
    }

    /// <summary>Sends a command to all clients that are connected now and have chosen an id of their own, <see cref="ManagementOptions.FanOutConcurrency"/> at a time, and waits for the results of all of them.</summary>
    /// <typeparam name="TResult">What each result is read as, in camelCase. One that is of another type is a failure of that client's alone.</typeparam>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long each client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, by their ids.</returns>
    /// <exception cref="ArgumentException">The command's name is not within these limits, or the time is negative. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public async Task<FanOutResult<TResult>> SendCommandToAllAsync<TResult>(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => TypedAnswer<TResult>.Of(await SendCommandToAllAsync(command, payload, timeout, cancellationToken).ConfigureAwait(false)).ResultsOfAll();

    /// <summary>As <see cref="SendCommandToAllAsync{TResult}"/>, with results as the JSON that they are.</summary>
    /// <param name="command">The command's name, exact: 1 to 128 characters, no control characters.</param>
    /// <param name="payload">What its handlers get, any value that can be written as JSON, in camelCase; null = nothing.</param>
    /// <param name="timeout">How long each client has; null = <see cref="RpcServerOptions.CallTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up; the clients are told.</param>
    /// <returns>One result for each client, by their ids.</returns>
    /// <exception cref="ArgumentException">The command's name is not within these limits, or the time is negative. Nothing was executed.</exception>
    /// <exception cref="JsonException">The payload cannot be written as JSON. Nothing was executed.</exception>
    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    public Task<FanOutResult> SendCommandToAllAsync(string command, object? payload = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => _fanOut.SendAsync(_fanOut.Connected, Request(command, payload, null, timeout), cancellationToken);

    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    private static CommandRequest Request(string command, object? payload, IProgress<JsonElement>? progress, TimeSpan? timeout)
    {
        if (!ClientCommands.IsName(command))
        {
            throw new ArgumentException(ClientCommands.WrongName, nameof(command));
        }

        if (timeout is { } limit && limit != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero, nameof(timeout));
        }

        return new CommandRequest(command, Written(payload), progress, timeout, null);
    }

    [RequiresUnreferencedCode(ByReflection)]
    [RequiresDynamicCode(ByReflection)]
    private static JsonElement? Written(object? payload) => payload switch
    {
        null or JsonElement { ValueKind: JsonValueKind.Undefined } => null,
        JsonElement json => json,
        _ => JsonSerializer.SerializeToElement(payload, ManagementJson.Options),
    };

    private void RaiseStoreFailed(Exception failure)
    {
        foreach (EventHandler<ErrorEventArgs> handler in Delegate.EnumerateInvocationList(StoreFailed))
        {
            try
            {
                handler(this, new ErrorEventArgs(failure));
            }
            catch (Exception)
            {
                // The store is tried again all the same, and the other handlers are told.
            }
        }
    }

    // A server that is being stopped meanwhile may have told so before anybody listened here: whoever sees it running once the handlers are there hears all that comes.
    private void Begin(RpcServer server)
    {
        lock (_beginning)
        {
            if (!server.HasStopped)
            {
                _hasBegun = true;
                _saver.Open();
                if (_lastSeenRefresh > TimeSpan.Zero)
                {
                    _refresh.Change(_lastSeenRefresh, _lastSeenRefresh);
                }

                return;
            }
        }

        Events.Complete();
        throw new ObjectDisposedException(nameof(RpcServer), "The server has been stopped while management was added to it.");
    }

    private void Stopped(RpcServerStoppedEventArgs stopped)
    {
        lock (_beginning)
        {
            if (!_hasBegun)
            {
                return;
            }
        }

        _refresh.Dispose();
        stopped.WaitFor(_saver.DisposeAsync().AsTask());
    }

    // What is never-ending by nature is ended here, so that the server need not wait for it.
    private void Stop()
    {
        Events.Publish<object?>(ServerEventType.ServerStopping, null, null);
        Events.Complete();
        _sync.End();
    }
}
