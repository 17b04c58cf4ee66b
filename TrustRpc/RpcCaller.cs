using System.Diagnostics.CodeAnalysis;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Streams;

namespace TrustRpc;

/// <summary>
/// Something that can be called: a client, one connection of a server, or the caller of the method that runs now. All members may be used from
/// any number of threads at once.
/// </summary>
/// <remarks>
/// <para>Arguments are given by position (<c>["Alice", 3]</c>) or by name (<c>new { name = "Alice" }</c>) and travel as JSON, camelCase.</para>
/// <para>
/// An argument that is an <see cref="IAsyncEnumerable{T}"/> travels as a sequence: the method takes its items as it goes, until it has ended. One that is an
/// <see cref="IProgress{T}"/> is called with what the method reports, in order, before the call ends.
/// </para>
/// <para>
/// Every call may throw <see cref="RpcCallException"/> (this call failed, the connection is fine), <see cref="RpcConnectionException"/> (the
/// connection is gone; its <see cref="RpcConnectionException.MayHaveBeenExecuted"/> says whether the call may have run), and
/// <see cref="OperationCanceledException"/> (the caller's token; the connection is fine). A call whose time is up (<see cref="RpcClientOptions.CallTimeout"/>,
/// <see cref="RpcServerOptions.CallTimeout"/>, <see cref="RpcCallOptions.Timeout"/>) fails with <see cref="RpcErrorCode.DeadlineExceeded"/> and an inner
/// <see cref="TimeoutException"/>; the peer is told, and ends the method as well. Where this side already holds as many calls in flight as the peer
/// allows, a call waits for one of them.
/// </para>
/// <para>
/// A <c>null</c> that a method returns is handed out as it is by calls by name, whatever the type asked for is annotated with: the runtime does not know annotations of type arguments. Ask for
/// <c>string?</c> where null may come. A value type that cannot be null, and a member of a proxied interface whose result is annotated as never null, fail with
/// <see cref="RpcErrorCode.ResultNotSendable"/> instead.
/// </para>
/// <para>A returned <see cref="ValueTask"/> is awaited once, or turned into a task with <c>AsTask()</c>.</para>
/// <para>Types of arguments and results are written and read with reflection: a trimmed program keeps them, or gives none but the base library's own.</para>
/// </remarks>
public abstract class RpcCaller
{
    private protected RpcCaller()
    {
    }

    /// <summary>Calls a method and returns its result.</summary>
    /// <typeparam name="T">What the result is read as; <see cref="object"/> gives a <see cref="System.Text.Json.JsonElement"/>.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up: the caller gets <see cref="OperationCanceledException"/> at once, and the peer is told.</param>
    /// <returns>The result.</returns>
    public ValueTask<T> CallAsync<T>(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method with arguments by name and returns its result.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">
    /// An object whose properties are the arguments (<c>new { name = "Alice" }</c>), or a dictionary with string keys. An array is taken by position.
    /// </param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public ValueTask<T> CallAsync<T>(string method, object arguments, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method with settings of its own and returns its result.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public ValueTask<T> CallAsync<T>(
        string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken);

    /// <summary>Calls a method with arguments by name and settings of its own and returns its result.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public ValueTask<T> CallAsync<T>(string method, object arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken);

    /// <summary>Calls a method whose result is of no interest, and waits until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>A task that completes when the method has ended.</returns>
    public ValueTask CallAsync(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => Forget(InvokeAsync<object?>(method, new CallArguments(arguments), default, cancellationToken));

    /// <summary>Calls a method with arguments by name, and waits until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>A task that completes when the method has ended.</returns>
    public ValueTask CallAsync(string method, object arguments, CancellationToken cancellationToken = default)
        => Forget(InvokeAsync<object?>(method, new CallArguments(arguments), default, cancellationToken));

    /// <summary>Calls a method whose result is of no interest with settings of its own, and waits until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>A task that completes when the method has ended.</returns>
    public ValueTask CallAsync(
        string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => Forget(InvokeAsync<object?>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken));

    /// <summary>Calls a method with arguments by name and settings of its own, and waits until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>A task that completes when the method has ended.</returns>
    public ValueTask CallAsync(string method, object arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => Forget(InvokeAsync<object?>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken));

    /// <summary>
    /// Calls a method and blocks the calling thread until its result is there. Needs no free thread of the pool, also while a client reconnects; that the time of a call that was sent is up is told on one.
    /// </summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public T Call<T>(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => InvokeBlocking<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method with arguments by name and blocks the calling thread until its result is there.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public T Call<T>(string method, object arguments, CancellationToken cancellationToken = default)
        => InvokeBlocking<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method with settings of its own and blocks the calling thread until its result is there.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public T Call<T>(string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => InvokeBlocking<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken);

    /// <summary>Calls a method with arguments by name and settings of its own, and blocks the calling thread until its result is there.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    /// <returns>The result.</returns>
    public T Call<T>(string method, object arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => InvokeBlocking<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken);

    /// <summary>Calls a method whose result is of no interest, and blocks the calling thread until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    public void Call(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => InvokeBlocking<object?>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method whose result is of no interest with settings of its own, and blocks the calling thread until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">This call's timeout, and whether it may be executed twice.</param>
    /// <param name="cancellationToken">Gives the call up, as above.</param>
    public void Call(string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => InvokeBlocking<object?>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken);

    /// <summary>
    /// Calls a method that returns a sequence, and enumerates it: <c>await foreach (int i in client.StreamAsync&lt;int&gt;("count", [10]))</c>. The call is made when the
    /// enumeration begins. The peer produces a little ahead and no further, so a slow consumer slows it down; leaving the loop ends its side at once. The timeout of calls is that
    /// of the first answer, and then of each wait for an item.
    /// </summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Ends call and enumeration: the consumer gets <see cref="OperationCanceledException"/> at once, and the peer is told.</param>
    /// <returns>The sequence, to be enumerated once. Its enumeration throws what a call would, <see cref="RpcConnectionException"/> where the connection is lost on the way.</returns>
    public IAsyncEnumerable<T> StreamAsync<T>(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>As <see cref="StreamAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/>, with arguments by name.</summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="cancellationToken">Ends call and enumeration, as above.</param>
    /// <returns>The sequence, to be enumerated once.</returns>
    public IAsyncEnumerable<T> StreamAsync<T>(string method, object arguments, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>As <see cref="StreamAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/>, with settings of its own.</summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">The timeout is that of the first answer, and then of each wait for an item; that of the whole is <see cref="RpcCallOptions.StreamTimeout"/>.</param>
    /// <param name="cancellationToken">Ends call and enumeration, as above.</param>
    /// <returns>The sequence, to be enumerated once.</returns>
    public IAsyncEnumerable<T> StreamAsync<T>(string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken, StreamDeadline.Of(options));

    /// <summary>
    /// As <see cref="StreamAsync{T}(string, ReadOnlySpan{object}, CancellationToken)"/>, blocking the enumerating thread whenever the next item is not there. Needs no
    /// free thread of the pool.
    /// </summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Ends call and enumeration, as above.</param>
    /// <returns>The sequence, to be enumerated once, by one thread.</returns>
    public IEnumerable<T> Stream<T>(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>As <see cref="Stream{T}(string, ReadOnlySpan{object}, CancellationToken)"/>, with arguments by name.</summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="cancellationToken">Ends call and enumeration, as above.</param>
    /// <returns>The sequence, to be enumerated once, by one thread.</returns>
    public IEnumerable<T> Stream<T>(string method, object arguments, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>As <see cref="Stream{T}(string, ReadOnlySpan{object}, CancellationToken)"/>, with settings of its own.</summary>
    /// <typeparam name="T">What the items are read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="options">The timeout is that of the first answer, and then of each wait for an item; that of the whole is <see cref="RpcCallOptions.StreamTimeout"/>.</param>
    /// <param name="cancellationToken">Ends call and enumeration, as above.</param>
    /// <returns>The sequence, to be enumerated once, by one thread.</returns>
    public IEnumerable<T> Stream<T>(string method, ReadOnlySpan<object?> arguments, RpcCallOptions options, CancellationToken cancellationToken = default)
        => StreamOf<T>(method, new CallArguments(arguments), CallSettings.Of(options), cancellationToken, StreamDeadline.Of(options));

    /// <summary>Sends a notification: the peer runs the method and never answers, not even where there is none. Notifications of one connection run one at a time, in order.</summary>
    /// <remarks>
    /// As nothing comes back, nothing here waits for the peer to keep up: where more than <see cref="RpcServerOptions.MaxCallsPerConnection"/> (1,024 by default; the server says it for both sides) wait for their turn there, it
    /// ends the connection. What comes faster than it is worked off is sent by calls that are awaited, or as one argument of type <see cref="IAsyncEnumerable{T}"/>, whose consumer sets the pace.
    /// </remarks>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives up before it is sent; later it has no effect.</param>
    /// <returns>A task that completes when the notification is on its way.</returns>
    /// <exception cref="RpcCallException">It was not sent: its arguments cannot be, or, with <see cref="RpcErrorCode.ResourceExhausted"/>, the peer reads too slowly and too much output waits for it already.</exception>
    /// <exception cref="RpcConnectionException">It was not sent: the connection is gone, or about to end.</exception>
    public ValueTask NotifyAsync(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => SendNotificationAsync(method, new CallArguments(arguments), cancellationToken);

    /// <summary>Sends a notification with arguments by name.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments, or a dictionary with string keys.</param>
    /// <param name="cancellationToken">Gives up before it is sent.</param>
    /// <returns>A task that completes when the notification is on its way.</returns>
    /// <exception cref="RpcCallException">It was not sent: its arguments cannot be, or, with <see cref="RpcErrorCode.ResourceExhausted"/>, the peer reads too slowly and too much output waits for it already.</exception>
    /// <exception cref="RpcConnectionException">It was not sent: the connection is gone, or about to end.</exception>
    public ValueTask NotifyAsync(string method, object arguments, CancellationToken cancellationToken = default)
        => SendNotificationAsync(method, new CallArguments(arguments), cancellationToken);

    /// <summary>
    /// A typed view of the peer: each member of the interface calls the method of its name. Members may return <see cref="Task"/> or <see cref="ValueTask"/>, with or without
    /// a result, or block and return the result itself; a <see cref="CancellationToken"/> among the parameters gives the call up.
    /// </summary>
    /// <typeparam name="T">An interface; <see cref="RpcServiceAttribute"/> and <see cref="RpcMethodAttribute"/> on it name the methods as they do at registration.</typeparam>
    /// <returns>The proxy: thread-safe, light, not to be disposed.</returns>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is no interface, or has members that cannot be called from afar; all are named.</exception>
    [RequiresUnreferencedCode("The proxy is made from the interface by reflection.")]
    [RequiresDynamicCode("The proxy's code is made while the program runs.")]
    public T Proxy<T>()
        where T : class
        => ProxyFactory.Create<T>(this);

    /// <summary>Fires when whatever this caller belongs to has ended, and with it the streams that were begun through it.</summary>
    internal virtual CancellationToken Lifetime => default;

    /// <summary>The clock of the streams that are begun through it.</summary>
    internal virtual TimeProvider Time => TimeProvider.System;

    internal abstract ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken);

    internal abstract T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken);

    internal abstract ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken);

    private SequenceCall<T> StreamOf<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken, TimeSpan? whole = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        return new SequenceCall<T>(this, method, arguments.Positional.ToArray(), arguments.Named, settings, cancellationToken, whole);
    }

    private static async ValueTask Forget(ValueTask<object?> call) => await call.ConfigureAwait(false);
}
