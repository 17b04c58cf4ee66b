using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>What the user registered under one name: which method to call on what, and where its parameters are declared.</summary>
/// <param name="Name">The name that travels.</param>
/// <param name="Inline">Declared short and non-blocking.</param>
/// <param name="Callee">The method that is called; for a delegate its <c>Invoke</c>.</param>
/// <param name="Target">What it is called on; null for a static method.</param>
/// <param name="Declared">The method that the user wrote: it names the parameters, and itself in messages.</param>
/// <param name="Parameters">The parameters of <paramref name="Callee"/>, as the user declared them.</param>
internal sealed record MethodSource(string Name, bool Inline, MethodInfo Callee, object? Target, MethodInfo Declared, ParameterInfo[] Parameters)
{
    /// <summary>The method whose annotations say whether the result may be null: what a delegate's type says of it is said of a type parameter.</summary>
    public MethodInfo Annotated => Callee.DeclaringType is { } type && typeof(Delegate).IsAssignableFrom(type) && Declared.ReturnType == Callee.ReturnType ? Declared : Callee;

    /// <summary>A lazy result travels as a sequence.</summary>
    public bool Stream { get; init; } = IsStream(Callee) || IsStream(Declared);

    public static MethodSource OfMethod(string name, bool inline, MethodInfo method, object service, MethodInfo? implementation = null)
        => new(name, inline, method, method.IsStatic ? null : service, implementation ?? method, method.GetParameters());

    public static MethodSource OfInterface(string name, MethodInfo method) => new(name, false, method, null, method, method.GetParameters());

    /// <summary>The delegate itself is called, so closed, open, combined and generated ones are all alike.</summary>
    [RequiresUnreferencedCode(Reflection.Reason)]
    public static MethodSource OfDelegate(string name, bool inline, Delegate method, bool stream = false)
    {
        MethodInfo invoke = method.GetType().GetMethod("Invoke")!;
        ParameterInfo[] called = invoke.GetParameters();
        ParameterInfo[] written = method.Method.GetParameters();
        if (written.Length == called.Length + 1)
        {
            written = written[1..];
        }

        MethodSource source = new(name, inline, invoke, method, method.Method, SameTypes(called, written) ? written : called);
        return stream ? source with { Stream = true } : source;
    }

    /// <summary>The method as its author would name it, for messages at registration.</summary>
    public override string ToString()
    {
        bool generated = Declared.Name.Contains('<', StringComparison.Ordinal) || Declared.DeclaringType is not { } type
            || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
        string owner = generated ? $"delegate '{Name}'" : $"{TypeName.Of(Declared.DeclaringType!)}.{Declared.Name}";
        return $"{owner}({string.Join(", ", Parameters.Select(p => TypeName.Of(p.ParameterType)))})";
    }

    private static bool IsStream(MethodInfo method) => method.GetCustomAttribute<RpcMethodAttribute>() is { Stream: true };

    private static bool SameTypes(ParameterInfo[] called, ParameterInfo[] written)
        => called.Length == written.Length && Array.TrueForAll(called, p => p.ParameterType == written[p.Position].ParameterType);
}
