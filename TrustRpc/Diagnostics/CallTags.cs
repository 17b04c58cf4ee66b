using System.Diagnostics;
using System.Globalization;

namespace TrustRpc.Diagnostics;

/// <summary>The attributes of a call, by the names that the conventions give them.</summary>
internal static class CallTags
{
    /// <param name="method">The name that is registered, or <see cref="RpcTelemetry.UnknownMethod"/>.</param>
    /// <param name="endpoint">Where the server is; null for a stream that was handed in.</param>
    public static TagList Of(string method, RpcEndpoint? endpoint)
    {
        TagList tags = new() { { "rpc.system.name", "jsonrpc" }, { "rpc.method", method } };
        if (endpoint is not null)
        {
            tags.Add("server.address", endpoint.Host ?? endpoint.Path ?? endpoint.PipeName);
            if (endpoint.Host is not null)
            {
                tags.Add("server.port", endpoint.Port);
            }
        }

        return tags;
    }

    /// <summary>Adds how the call ended; nothing for one that succeeded.</summary>
    public static void AddOutcome(ref TagList tags, RpcErrorCode code, string? errorType)
    {
        if (code != RpcErrorCode.None)
        {
            tags.Add("rpc.response.status_code", ((int)code).ToString(CultureInfo.InvariantCulture));
        }

        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }
    }

    /// <summary>A code's name; one of the application's own as its number.</summary>
    public static string? ErrorType(RpcErrorCode code)
        => code == RpcErrorCode.None ? null : Enum.GetName(code) ?? ((int)code).ToString(CultureInfo.InvariantCulture);
}
