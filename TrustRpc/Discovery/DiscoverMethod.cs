using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary><c>rpc.discover</c> as a method that is run like those it describes. It names to each caller what that one may call.</summary>
internal static class DiscoverMethod
{
    public static MethodDescriptor Of(RpcServices services)
    {
        Func<RpcContext, JsonElement> describe = context => context.Connection.Authorize is { } isAllowed
            ? Describe(services, method => isAllowed(context.Peer, method))
            : Describe(services, null);
        MethodSource source = new(ReservedMethods.DiscoverName, Inline: false, describe.Method, describe, describe.Method, []);
        return new MethodDescriptor(source, [], Run) { IsReserved = true };
    }

    private static void Run(object? target, ref ArgumentReader arguments, Invocation invocation)
    {
        arguments.End();
        invocation.Return(((Func<RpcContext, JsonElement>)target!)(invocation.Context));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Whoever registered the methods that are described here was warned then.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static JsonElement Describe(RpcServices services, Predicate<string>? isAllowed) => isAllowed is null ? services.Describe() : services.Describe(isAllowed);
}
