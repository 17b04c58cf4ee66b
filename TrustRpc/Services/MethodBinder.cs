using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>Turns what was registered into what can be run: describes the parameters and builds the invoker.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal static class MethodBinder
{
    public static MethodDescriptor Bind(MethodSource source, JsonSerializerOptions? json)
    {
        var nullability = new Nullability();
        ParameterDescriptor[] parameters = Array.ConvertAll(source.Parameters, p => Describe(p, nullability, json));
        Invoker invoker = RuntimeFeature.IsDynamicCodeSupported ? EmittedInvoker.Build(source, parameters) : BoxedInvoker.Build(source, parameters);
        return new MethodDescriptor(source, parameters, invoker) { Sequence = SequenceResult.Of(source, json) };
    }

    private static ParameterDescriptor Describe(ParameterInfo parameter, Nullability nullability, JsonSerializerOptions? json)
    {
        Type type = parameter.ParameterType;
        Type? report = StreamTypes.ReportOf(type);
        return new ParameterDescriptor(json)
        {
            Name = parameter.Name ?? $"parameter{parameter.Position + 1}",
            Type = type,
            Kind = ParameterKinds.Of(type),
            IsOptional = parameter.IsOptional || report is not null,
            Default = parameter.IsOptional ? DefaultOf(parameter) : report is not null ? StreamConverters.NoProgress(report) : null,
            AllowsNull = report is not null || nullability.AllowsNull(parameter),
        };
    }

    /// <summary>The default as a box of exactly the parameter's type, so that reading it is an unboxing and nothing more.</summary>
    private static object? DefaultOf(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        object? value = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null or Missing or DBNull => type.IsValueType && bare == type ? RuntimeHelpers.GetUninitializedObject(type) : null,
            _ when bare.IsEnum => Enum.ToObject(bare, value),
            _ => value,
        };
    }
}
