using TrustRpc.Connections;

namespace TrustRpc;

/// <summary>
/// Something that can be called: a client, one connection of a server, or the caller of the method that runs now. All members may be used from
/// any number of threads at once.
/// </summary>
/// <remarks>
/// <para>Arguments are given by position (<c>["Alice", 3]</c>) or by name (<c>new { name = "Alice" }</c>) and travel as JSON, camelCase.</para>
/// <para>
/// Every call may throw <see cref="RpcCallException"/> (this call failed, the connection is fine), <see cref="RpcConnectionException"/> (the
/// connection is gone; its <see cref="RpcConnectionException.MayHaveBeenExecuted"/> says whether the call may have run), and
/// <see cref="OperationCanceledException"/> (the caller's token; the connection is fine). Where this side already holds as many calls in flight as the peer
/// allows, a call waits for one of them.
/// </para>
/// <para>A returned <see cref="ValueTask"/> is awaited once, or turned into a task with <c>AsTask()</c>.</para>
/// </remarks>
public abstract class RpcCaller
{
    private protected RpcCaller()
    {
    }

    /// <summary>Calls a method and returns its result.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up; the peer is told.</param>
    public ValueTask<T> CallAsync<T>(string method, ReadOnlySpan<object?> arguments = default, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method with arguments by name and returns its result.</summary>
    /// <typeparam name="T">What the result is read as.</typeparam>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">An object whose properties are the arguments: <c>new { name = "Alice" }</c>, or a dictionary with string keys. An array is taken by position.</param>
    /// <param name="cancellationToken">Gives the call up; the peer is told.</param>
    public ValueTask<T> CallAsync<T>(string method, object arguments, CancellationToken cancellationToken = default)
        => InvokeAsync<T>(method, new CallArguments(arguments), default, cancellationToken);

    /// <summary>Calls a method whose result is of no interest, and waits until it has ended.</summary>
    /// <param name="method">The method's name, exact.</param>
    /// <param name="arguments">The arguments by position; empty = none.</param>
    /// <param name="cancellationToken">Gives the call up; the peer is told.</param>
    public async ValueTask CallAsync(string method, object?[] arguments, CancellationToken cancellationToken = default)
        => await CallAsync<object?>(method, arguments, cancellationToken).ConfigureAwait(false);

    internal abstract ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken);
}
