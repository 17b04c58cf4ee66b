using System.Text.Json;

namespace TrustRpc;

/// <summary>
/// Everything that a caller gave a method, as it came: for methods that take whatever they are given, in a gateway or a stand-in for a server. A method gets it by
/// having a parameter of this type, beside which it can have no other that is on the wire. Immutable.
/// </summary>
public sealed class RpcArguments
{
    private static readonly JsonElement NoJson = JsonElement.Parse("[]");

    internal RpcArguments(JsonElement json) => Json = json;

    /// <summary>What a caller gave who gave nothing.</summary>
    internal static RpcArguments None { get; } = new(NoJson);

    /// <summary>An array of the arguments by position, empty where there were none; or an object of those by name.</summary>
    public JsonElement Json { get; }

    /// <summary>Whether they were given by name.</summary>
    public bool AreNamed => Json.ValueKind == JsonValueKind.Object;
}
