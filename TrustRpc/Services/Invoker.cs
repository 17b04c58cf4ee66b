namespace TrustRpc.Services;

/// <summary>
/// Runs one method: reads its arguments, makes sure that none is left over, calls it, and hands the outcome to exactly one <c>Return</c> member of
/// <paramref name="invocation"/>. Whatever is thrown on the way leaves it.
/// </summary>
internal delegate void Invoker(object? target, ref ArgumentReader arguments, Invocation invocation);
