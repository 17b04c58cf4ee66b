using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>What came of a call, in a form that two can be compared by: a result, the items of a sequence, an error.</summary>
/// <param name="Value">The result, an array of the items, or null where there is neither.</param>
/// <param name="Code">Of the error; 0 = none.</param>
/// <param name="Message">Of the error.</param>
internal sealed record Answer(JsonElement? Value, int Code, string? Message)
{
    public static Answer OfResult(JsonElement result) => new(result, 0, null);

    public static Answer OfError(int code, string message) => new(null, code, message);

    public static Answer OfItems(IReadOnlyList<JsonElement> items, int code = 0, string? message = null) => new(JsonSerializer.SerializeToElement(items), code, message);

    public static Answer Recorded(RecordedCall call)
    {
        int code = call.Error is { } error && error.TryGetProperty("code", out JsonElement number) && number.TryGetInt32(out int given) ? given : 0;
        string? message = call.Error is { } e && e.TryGetProperty("message", out JsonElement text) ? text.GetString() : null;
        return call.Items is null ? new Answer(call.Result, code, message) : OfItems(call.Items, code, message);
    }

    /// <summary>Whether the other is the same but for members with these names. Messages of unexpected failures hold an id of their own, and those of cancelled calls are this side's.</summary>
    public bool IsAs(Answer other, IReadOnlySet<string> ignored)
        => Code == other.Code
        && (Code is (int)RpcErrorCode.InternalError or (int)RpcErrorCode.Cancelled || Message == other.Message)
        && (Value is { } one && other.Value is { } another ? AreSame(one, another, ignored) : Value is null == other.Value is null);

    /// <summary>For programs.</summary>
    public object ToJson() => Code == 0 ? new { result = Value } : Value is null ? new { error = new { code = Code, message = Message } } : new { result = Value, error = new { code = Code, message = Message } };

    /// <summary>For people.</summary>
    public override string ToString()
    {
        string error = $"error {Code}: {Message}";
        return Value is { } value ? value.GetRawText() + (Code == 0 ? "" : $" and then {error}") : error;
    }

    private static bool AreSame(JsonElement one, JsonElement another, IReadOnlySet<string> ignored)
    {
        if (ignored.Count == 0 || one.ValueKind != another.ValueKind)
        {
            return JsonElement.DeepEquals(one, another);
        }

        switch (one.ValueKind)
        {
            case JsonValueKind.Array:
                return one.GetArrayLength() == another.GetArrayLength() && one.EnumerateArray().Zip(another.EnumerateArray()).All(pair => AreSame(pair.First, pair.Second, ignored));
            case JsonValueKind.Object:
                JsonProperty[] members = [.. one.EnumerateObject().Where(member => !ignored.Contains(member.Name))];
                return members.Length == another.EnumerateObject().Count(member => !ignored.Contains(member.Name))
                    && members.All(member => another.TryGetProperty(member.Name, out JsonElement value) && AreSame(member.Value, value, ignored));
            default:
                return JsonElement.DeepEquals(one, another);
        }
    }
}
