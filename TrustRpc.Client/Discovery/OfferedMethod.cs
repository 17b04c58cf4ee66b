using System.Text.Json;

namespace TrustRpc.Client.Discovery;

/// <summary>A method as a server describes it.</summary>
/// <param name="page">The OpenRPC method object.</param>
/// <param name="document">The whole document, from whose root references count.</param>
internal sealed class OfferedMethod(JsonElement page, JsonElement document)
{
    /// <summary>As the server wrote it.</summary>
    public JsonElement Page => page;

    public string Name { get; } = page.GetProperty("name").GetString() ?? "";

    /// <summary>Empty where the server says nothing.</summary>
    public string Summary => TextOf(page, "summary");

    public bool IsDeprecated => page.TryGetProperty("deprecated", out JsonElement deprecated) && deprecated.ValueKind == JsonValueKind.True;

    /// <summary>What to use instead; empty where the server says nothing.</summary>
    public string Deprecation => IsDeprecated ? TextOf(page, "description") : "";

    public IReadOnlyList<OfferedValue> Parameters { get; } =
        page.TryGetProperty("params", out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(value => new OfferedValue(value, document))] : [];

    /// <summary>Whether it takes whatever it is given.</summary>
    public bool TakesAnything => TextOf(page, "x-arguments") == "any";

    /// <summary>Null where the server does not say.</summary>
    public OfferedValue? Result { get; } = page.TryGetProperty("result", out JsonElement result) ? new OfferedValue(result, document) : null;

    /// <summary>Whether its result is a sequence.</summary>
    public bool Streams => Result?.Kind == StreamKind.Sequence;

    /// <summary>Null where it takes no sequence.</summary>
    public OfferedValue? Input => Parameters.FirstOrDefault(parameter => parameter.Kind == StreamKind.Sequence);

    /// <summary>Null where it reports no progress.</summary>
    public OfferedValue? Progress => Parameters.FirstOrDefault(parameter => parameter.Kind == StreamKind.Progress);

    /// <summary>Names of parameters match ignoring case, as they do at the server.</summary>
    public OfferedValue? Parameter(string name) => Parameters.FirstOrDefault(parameter => string.Equals(parameter.Name, name, StringComparison.OrdinalIgnoreCase));

    private static string TextOf(JsonElement element, string member)
        => element.TryGetProperty(member, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}
