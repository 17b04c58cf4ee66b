using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>One parameter of a registered method.</summary>
/// <param name="json">How its value is read; null = <see cref="RpcJson.Options"/>, made when first needed.</param>
internal sealed class ParameterDescriptor(JsonSerializerOptions? json)
{
    private JsonTypeInfo? _typeInfo;

    public required string Name { get; init; }

    public required Type Type { get; init; }

    public required ParameterKind Kind { get; init; }

    /// <summary>True where the caller may leave it out, as any progress argument; <see cref="Default"/> then takes its place.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The value where the caller gives none, already of the parameter's type.</summary>
    public object? Default { get; init; }

    /// <summary>False for a reference type that is annotated as not null; true for a progress argument, where null says that no reports are wanted.</summary>
    public bool AllowsNull { get; init; }

    /// <summary>Found at the first use: the serialiser's reflection would cost every start of the process, and strings and numbers do without.</summary>
    public JsonTypeInfo TypeInfo => _typeInfo ??= (json ?? RpcJson.Options).GetTypeInfo(Type);
}
