using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>The clients that a fan-out is for: <c>"*"</c> = all that are connected with an id of their own, else their ids.</summary>
internal static class ClientUuids
{
    public const string Wrong = "The ids of a fan-out stand there once each, none of them null, and are at most 10000.";

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

        return value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() <= Most
            && TryTake([.. value.EnumerateArray().Select(static id => id.ValueKind == JsonValueKind.String ? id.GetString() : null)], out string[]? uuids)
            ? uuids
            : throw new RpcException(RpcErrorCode.InvalidParams, Form);
    }

    /// <summary>Takes ids over, so that later changes of the list have no effect; false where they are not what <see cref="Wrong"/> says.</summary>
    public static bool TryTake(IReadOnlyList<string?> given, [NotNullWhen(true)] out string[]? uuids)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        uuids = given.Count <= Most && given.All(uuid => uuid is not null && seen.Add(uuid)) ? [.. seen] : null;
        return uuids is not null;
    }
}
