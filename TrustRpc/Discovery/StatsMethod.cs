using System.Text.Json;
using System.Text.Json.Nodes;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary><c>rpc.stats</c>: a server's figures, for those callers that its owner lets read them.</summary>
internal static class StatsMethod
{
    /// <param name="isAllowed">Who may call it.</param>
    /// <param name="statistics">What the calls are counted in.</param>
    /// <param name="connections">The connections of the moment.</param>
    /// <param name="started">When counting began.</param>
    /// <param name="time">Where time comes from.</param>
    public static MethodDescriptor Of(
        Func<RpcPeer, bool> isAllowed, CallStatistics statistics, Func<IReadOnlyCollection<IMeasuredConnection>> connections, DateTimeOffset started, TimeProvider time)
    {
        Func<RpcPeer, JsonElement> read = peer => isAllowed(peer)
            ? Write(statistics, connections(), time.GetUtcNow() - started)
            : throw new RpcException(RpcErrorCode.PermissionDenied, "This client may not read the server's figures.");
        MethodSource source = new(ReservedMethods.StatsName, Inline: false, read.Method, read, read.Method, []);
        return new MethodDescriptor(source, [], Run) { IsReserved = true };
    }

    private static void Run(object? target, ref ArgumentReader arguments, Invocation invocation)
    {
        arguments.End();
        invocation.Return(((Func<RpcPeer, JsonElement>)target!)(invocation.Context.Peer));
    }

    private static JsonElement Write(CallStatistics statistics, IReadOnlyCollection<IMeasuredConnection> connections, TimeSpan up)
    {
        JsonArray methods = [];
        foreach ((string method, long calls, long errors, TimeSpan total, TimeSpan median, TimeSpan percentile99) in statistics.Read())
        {
            methods.Add((JsonNode)new JsonObject
            {
                ["name"] = method,
                ["calls"] = calls,
                ["errors"] = errors,
                ["seconds"] = total.TotalSeconds,
                ["median"] = median.TotalSeconds,
                ["percentile99"] = percentile99.TotalSeconds,
            });
        }

        JsonObject figures = new()
        {
            ["uptime"] = Math.Round(up.TotalSeconds, 3),
            ["connections"] = connections.Count,
            ["running"] = connections.Sum(connection => connection.CallsRunning),
            ["streams"] = connections.Sum(connection => connection.StreamsProduced),
            ["queued"] = connections.Sum(connection => connection.BytesUnsent),
            ["methods"] = methods,
        };
        return JsonElement.Parse(figures.ToJsonString());
    }
}
