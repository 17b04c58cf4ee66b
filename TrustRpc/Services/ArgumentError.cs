using System.Text;
using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>
/// Says to a caller what is wrong with the arguments: which parameter, what it must be, what came. Nothing of the value itself is repeated (it may be a
/// secret, and messages are logged), nothing of the service's code but simple type names, and the serialiser's own words stay in the inner exception.
/// </summary>
internal static class ArgumentError
{
    private const int LongestEcho = 64;

    /// <summary>
    /// What reading a value may throw because of the value: the serialiser's own, invalid UTF-8 and unpaired surrogates, and whatever a constructor or setter of a
    /// user's type refuses it with. An <see cref="RpcException"/> thrown there is meant for the caller as it is.
    /// </summary>
    public static bool IsOfTheCaller(Exception e)
        => e is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException;

    /// <summary>
    /// True where the value, or one inside it, does not say which of its derived types it is. The same exception stands for types that no value could be read as, which is the
    /// service's mistake, so it is not one of those above.
    /// </summary>
    public static bool LacksDerivedType(Exception e, ParameterDescriptor parameter, ReadOnlySpan<byte> json)
        => e is NotSupportedException && ValueFault.Find(parameter.TypeInfo, json, e) is not null;

    public static RpcException Missing(MethodDescriptor method, ParameterDescriptor parameter)
        => Make($"{Which(method, parameter)} is missing; it must be {Expectation.Of(parameter.TypeInfo)}{(parameter.AllowsNull && !parameter.Type.IsValueType ? " or null" : "")}.");

    public static RpcException Surplus(MethodDescriptor method, int count)
        => Make($"'{method.Name}' takes {Parameters(method)}; got {count}.");

    public static RpcException Unknown(MethodDescriptor method, ReadOnlySpan<byte> rawName)
        => Make($"'{method.Name}' has no parameter '{Echo(Encoding.UTF8.GetString(rawName))}'; it takes {Parameters(method)}.");

    public static RpcException Twice(MethodDescriptor method, ParameterDescriptor parameter)
        => Make($"{Which(method, parameter)} is given twice; names are compared without regard to case.");

    public static RpcException NoParams(MethodDescriptor method, JsonTokenType token)
        => Make($"The parameters of '{method.Name}' must be an array (by position) or an object (by name); got {Expectation.Got(token)}.");

    public static RpcException Malformed(MethodDescriptor method, Exception? cause)
        => Make($"The parameters of '{method.Name}' are not valid JSON in UTF-8, or nested too deeply.", cause);

    public static RpcException BadText(MethodDescriptor method, ParameterDescriptor parameter, Exception cause)
        => Make($"{Which(method, parameter)} holds text that is not valid: bad UTF-8 or half of a surrogate pair.", cause);

    public static RpcException IllTyped(MethodDescriptor method, ParameterDescriptor parameter, in Utf8JsonReader reader)
        => Make($"{Which(method, parameter)} {Expectation.Mismatch(parameter.TypeInfo, reader.TokenType, reader.ValueSpan)}.");

    /// <param name="method">The method that was called.</param>
    /// <param name="parameter">The parameter that could not be read.</param>
    /// <param name="json">The JSON from the argument's first byte on.</param>
    /// <param name="cause">What the serialiser threw.</param>
    public static RpcException Unreadable(MethodDescriptor method, ParameterDescriptor parameter, ReadOnlySpan<byte> json, Exception cause)
    {
        string which = Which(method, parameter);
        ValueFault? fault = ValueFault.Find(parameter.TypeInfo, json, cause);
        return Make(fault is { } f ? $"{which}{At(f.Path)} {f.Reason}." : $"{which} is not valid: bad JSON, bad UTF-8, or nested too deeply.", cause);
    }

    private static string Which(MethodDescriptor method, ParameterDescriptor parameter) => $"Parameter '{parameter.Name}' of '{method.Name}'";

    private static string At(string path) => path == "$" ? "" : $" at {Echo(path)}";

    private static string Parameters(MethodDescriptor method)
    {
        string names = string.Join(", ", method.WireParameters.Select(p => p.Name));
        return method.WireParameters.Length switch
        {
            0 => "no parameters",
            1 => $"one parameter ({names})",
            int n => $"{n} parameters ({names})",
        };
    }

    /// <summary>The caller's own words, short and without what could forge a line in a log.</summary>
    private static string Echo(string text)
    {
        string clean = string.Concat(text.Take(LongestEcho).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > LongestEcho ? clean + "…" : clean;
    }

    private static RpcException Make(string message, Exception? cause = null) => new(RpcErrorCode.InvalidParams, message, cause);
}
