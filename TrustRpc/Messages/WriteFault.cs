using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Messages;

/// <summary>Why a value cannot be written as JSON, and where in it, for whoever made the value.</summary>
/// <param name="Steps">From the value's root to the place; a number in brackets is a place in an array.</param>
/// <param name="Reason">Without a full stop.</param>
/// <param name="IsOurs">True where the reason is in words of this library, which tell nothing of the program's own.</param>
internal readonly record struct WriteFault(IReadOnlyList<string> Steps, string Reason, bool IsOurs)
{
    private const string NoNumber = "NaN and the infinities have no form in JSON; send null or a text in their place";

    private static readonly string TooDeep = $"it refers to itself, or is nested more than {ProtocolLimits.MaxDepth} levels deep";

    /// <param name="json">What was written of the value.</param>
    /// <param name="e">What stopped it.</param>
    public static WriteFault Find(ReadOnlySpan<byte> json, Exception e)
    {
        List<string> steps = PartialJson.Path(json);

        // The only mention of that option in what the base library says; of its texts nothing else is stable.
        return ExceptionText.Of(e).Contains(nameof(JsonNumberHandling.AllowNamedFloatingPointLiterals), StringComparison.Ordinal) ? new(steps, NoNumber, true)
            : steps.Count >= ProtocolLimits.MaxDepth - 4 && e is JsonException or InvalidOperationException ? new([], TooDeep, true)
            : new(steps, SerializerText.Of(e).TrimEnd('.'), false);
    }

    /// <summary>The place such as <c>$.items[2].price</c>; empty where it is the whole value.</summary>
    /// <param name="from">How many steps are told otherwise.</param>
    public string Place(int from = 0)
        => Steps.Count <= from ? "" : "$" + string.Concat(Steps.Skip(from).Select(step => step.StartsWith('[') ? step : "." + step));

    /// <summary>As the end of a sentence for the other side: what a converter or a property of the program's says may hold anything, and is for its own log.</summary>
    /// <param name="e">What stopped it.</param>
    public string ForPeer(Exception e)
    {
        string place = Place() is { Length: > 0 } at ? $", at {at}" : "";
        return $"it cannot be written as JSON{place}{(IsOurs ? $": {Reason}." : $" ({e.GetType().Name}; the sender's log says more).")}";
    }
}
