using System.Reflection;

namespace TrustRpc.Services;

/// <summary>What the compiler knew about null. One thread at a time.</summary>
internal sealed class Nullability
{
    private static readonly bool IsKnown = !AppContext.TryGetSwitch("System.Reflection.NullabilityInfoContext.IsSupported", out bool supported) || supported;

    private NullabilityInfoContext? _context;

    /// <summary>False for a reference annotated as not null; true for one of code without annotations. A value type speaks for itself when it is read.</summary>
    public bool AllowsNull(ParameterInfo parameter)
    {
        if (parameter.ParameterType.IsValueType || !IsKnown)
        {
            return true;
        }

        _context ??= new NullabilityInfoContext();
        return _context.Create(parameter).WriteState != NullabilityState.NotNull;
    }

    /// <summary>The same of a method's result, kept in <paramref name="known"/>. Thread-safe.</summary>
    public static bool ResultAllowsNull(MethodInfo method, ref Known known)
    {
        if (known == Known.NotYet)
        {
            known = new Nullability().ResultAllowsNull(method) ? Known.Yes : Known.No;
        }

        return known == Known.Yes;
    }

    /// <summary>The same of a method's result: of the value that a task brings, where it returns one.</summary>
    public bool ResultAllowsNull(MethodInfo method)
    {
        if (!IsKnown || ReturnShape.Of(method.ReturnType).Type is null)
        {
            return true;
        }

        _context ??= new NullabilityInfoContext();
        NullabilityInfo result = _context.Create(method.ReturnParameter);
        bool isTask = ReturnShape.Of(method.ReturnType).Kind is ReturnKind.TaskOfValue or ReturnKind.ValueTaskOfValue;
        return (isTask && result.GenericTypeArguments is [var value] ? value : result).ReadState != NullabilityState.NotNull;
    }
}

/// <summary>An answer that is looked for once.</summary>
internal enum Known : byte
{
    NotYet,
    Yes,
    No,
}
