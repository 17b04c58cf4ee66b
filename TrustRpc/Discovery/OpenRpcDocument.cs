using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>Writes the answer to <c>rpc.discover</c> (<c>docs/PROTOCOL.md</c>, section 5.2): an OpenRPC document of a registry's methods, in the order of their names.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal static class OpenRpcDocument
{
    private const string Version = "1.3.2";

    /// <param name="methods">What the reader may call.</param>
    /// <param name="title">The name of the program that offers them.</param>
    /// <param name="json">How their arguments and results are written.</param>
    public static JsonElement Write(IEnumerable<MethodDescriptor> methods, string title, JsonSerializerOptions json)
    {
        var descriptions = new Descriptions();
        var pages = new MethodPages(new Schemas(json, descriptions), descriptions);
        JsonArray list = [];
        foreach (MethodDescriptor method in methods.OrderBy(method => method.Name, StringComparer.Ordinal))
        {
            list.Add(pages.Write(method, $"#/methods/{list.Count}"));
        }

        JsonObject document = new()
        {
            ["openrpc"] = Version,
            ["info"] = new JsonObject { ["title"] = title, ["version"] = ProgramVersion.Current },
            ["methods"] = list,
            ["components"] = new JsonObject { ["errors"] = ErrorPages.Components() },
        };
        return JsonElement.Parse(document.ToJsonString());
    }
}
