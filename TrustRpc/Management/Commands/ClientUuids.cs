using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>The clients that a fan-out is for: <c>"*"</c> = all that are connected with an id of their own, else an array of ids.</summary>
internal static class ClientUuids
{
    private const int Most = 10_000;
    private const string Form = "'client_uuids' must be an array of ids, each once and at most 10000 of them, or \"*\" for all clients that are connected.";

    /// <summary>The ids that are named; null = all clients that are connected.</summary>
    /// <exception cref="RpcException">It is neither.</exception>
    public static string[]? Read(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && value.ValueEquals("*"u8))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > Most)
        {
            throw new RpcException(RpcErrorCode.InvalidParams, Form);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonElement id in value.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.String || !seen.Add(id.GetString()!))
            {
                throw new RpcException(RpcErrorCode.InvalidParams, Form);
            }
        }

        return [.. seen];
    }
}
