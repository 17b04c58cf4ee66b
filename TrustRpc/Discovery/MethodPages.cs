using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Nodes;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>Writes one method as an OpenRPC method object.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal sealed class MethodPages(Schemas schemas, Descriptions descriptions)
{
    private readonly Nullability _nullability = new();

    /// <param name="method">The method.</param>
    /// <param name="pointer">Where in the document the page will stand.</param>
    public JsonObject Write(MethodDescriptor method, string pointer)
    {
        MethodSource source = method.Source;
        JsonObject page = new() { ["name"] = method.Name };
        Tell(page, "summary", descriptions.OfMethod(source));
        if (source.Declared.GetCustomAttribute<ObsoleteAttribute>() is { } obsolete)
        {
            page["deprecated"] = true;
            Tell(page, "description", obsolete.Message);
        }

        page["paramStructure"] = "either";
        JsonArray parameters = [];
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            if (method.Parameters[i].Kind == ParameterKind.Wire)
            {
                parameters.Add((JsonNode)Parameter(source, method.Parameters[i], source.Parameters[i], $"{pointer}/params/{parameters.Count}"));
            }
        }

        Type? result = ReturnShape.Of(source.Callee.ReturnType).Type;
        page["params"] = parameters;
        if (Array.Exists(method.Parameters, parameter => parameter.Kind == ParameterKind.AllArguments))
        {
            page["x-arguments"] = "any";
        }

        page["result"] = Result(source, result, $"{pointer}/result");
        page["errors"] = ErrorPages.Of(result is not null);
        return page;
    }

    private JsonObject Parameter(MethodSource source, ParameterDescriptor parameter, ParameterInfo declared, string pointer)
    {
        JsonObject page = new() { ["name"] = parameter.Name };
        Tell(page, "summary", descriptions.OfParameter(source, declared));
        page["required"] = !parameter.IsOptional;
        AddSchema(page, parameter.Type, pointer, parameter.AllowsNull);
        if (parameter.IsOptional)
        {
            page["schema"] = Schemas.With(page["schema"]!, "default", schemas.Value(parameter.Default, parameter.Type));
        }

        return page;
    }

    private JsonObject Result(MethodSource source, Type? type, string pointer)
    {
        JsonObject page = new() { ["name"] = "result" };
        Tell(page, "summary", descriptions.OfResult(source));
        if (type is null)
        {
            page["schema"] = new JsonObject { ["type"] = "null" };
        }
        else if (source.Stream && StreamTypes.ItemOf(type) is null && StreamTypes.LazyItemOf(type) is { } item)
        {
            (page["schema"], page["x-stream"]) = schemas.Sequence(item, pointer);
        }
        else
        {
            AddSchema(page, type, pointer, _nullability.ResultAllowsNull(source.Annotated));
        }

        return page;
    }

    private void AddSchema(JsonObject page, Type type, string pointer, bool allowsNull)
    {
        if (StreamTypes.ItemOf(type) is { } item)
        {
            (page["schema"], page["x-stream"]) = schemas.Sequence(item, pointer);
        }
        else if (StreamTypes.ReportOf(type) is { } report)
        {
            (page["schema"], page["x-stream"]) = schemas.Progress(report, pointer);
        }
        else
        {
            page["schema"] = schemas.Of(type, $"{pointer}/schema", allowsNull);
        }
    }

    private static void Tell(JsonObject page, string member, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            page[member] = text;
        }
    }
}
