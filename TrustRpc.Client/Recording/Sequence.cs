using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>What a sequence of items looks like in a message: an object with a token, its first values, or both, and nothing else.</summary>
internal sealed record Sequence(long? Token, IEnumerable<JsonElement> Values)
{
    /// <summary>Null where the value is none.</summary>
    public static Sequence? Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() is not (1 or 2))
        {
            return null;
        }

        long? token = null;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (member.Name == "token" && member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out long number))
            {
                token = number;
            }
            else if (member.Name != "values" || member.Value.ValueKind != JsonValueKind.Array)
            {
                return null;
            }
        }

        return new Sequence(token, ValuesOf(value));
    }

    /// <summary>The items of a batch.</summary>
    public static IEnumerable<JsonElement> ValuesOf(JsonElement batch)
        => batch.ValueKind == JsonValueKind.Object && batch.TryGetProperty("values", out JsonElement values) && values.ValueKind == JsonValueKind.Array ? values.EnumerateArray() : [];
}
