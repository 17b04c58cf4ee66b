using System.Reflection;
using System.Runtime.CompilerServices;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>Which methods can be called from afar, and the reason where one cannot.</summary>
internal static class ShapeRule
{
    /// <summary>Adds one line for each thing that is wrong; none means that the method can be served and called.</summary>
    public static void Check(MethodSource source, List<string> problems)
    {
        int before = problems.Count;
        if (source.Callee.ContainsGenericParameters || source.Declared.ContainsGenericParameters)
        {
            problems.Add($"{source} is generic: a caller cannot say for which types");
            return;
        }

        if (ProblemOfResult(source.Callee.ReturnType, source.Stream) is { } result)
        {
            problems.Add($"{source} {result}");
        }

        if (source.Callee.ReturnType == typeof(void) && source.Declared.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false))
        {
            problems.Add($"{source} is async void: nobody can know when it ends or whether it failed; return a Task");
        }

        foreach (ParameterInfo parameter in source.Parameters)
        {
            if (ProblemOfParameter(parameter) is { } reason)
            {
                problems.Add($"{source}: parameter '{parameter.Name}' {reason}");
            }
        }

        if (problems.Count == before)
        {
            CheckTogether(source, problems);
        }
    }

    private static void CheckTogether(MethodSource source, List<string> problems)
    {
        ParameterInfo[] parameters = source.Parameters;
        ParameterKind[] kinds = Array.ConvertAll(parameters, p => ParameterKinds.Of(p.ParameterType));
        if (kinds.Contains(ParameterKind.AllArguments) && kinds.Count(kind => kind is ParameterKind.AllArguments or ParameterKind.Wire) > 1)
        {
            problems.Add($"{source} takes all arguments as {nameof(RpcArguments)}, which leaves none for another parameter");
        }

        for (int i = 1; i < parameters.Length; i++)
        {
            ParameterInfo parameter = parameters[i];
            foreach (ParameterInfo other in parameters.AsSpan(0, i))
            {
                if (string.Equals(parameter.Name, other.Name, StringComparison.OrdinalIgnoreCase) && parameter.Name is not null)
                {
                    problems.Add($"{source}: two parameters are called '{parameter.Name}'; names are compared without regard to case");
                }

                if (parameter.ParameterType == typeof(CancellationToken) && other.ParameterType == typeof(CancellationToken))
                {
                    problems.Add($"{source} has two CancellationToken parameters; a call has one");
                }
            }
        }
    }

    private static string? ProblemOfResult(Type type, bool stream)
    {
        if (type.IsByRef)
        {
            return "returns by reference; return the value";
        }

        Type result = ReturnShape.Of(type).Type ?? typeof(object);
        string? problem = StreamTypes.ItemOf(result) is { } item ? ProblemOfItem(item)
            : StreamTypes.ReportOf(result) is not null ? "progress is reported through a parameter; take an IProgress instead"
            : ProblemOfType(result);
        problem ??= stream && StreamTypes.ItemOf(result) is null && StreamTypes.LazyItemOf(result) is null
            ? "Stream = true asks for an IEnumerable"
            : null;
        return problem is null ? null : $"returns {TypeName.Of(result)}: {problem}";
    }

    private static string? ProblemOfParameter(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type.IsByRef)
        {
            string word = parameter.IsOut ? "out" : parameter.IsIn ? "in" : "ref";
            return $"is {word}: arguments travel as copies; pass a value and return what changes";
        }

        string? problem = ProblemOfStream(type) ?? ProblemOfType(type);
        return problem is null ? null : $"is {TypeName.Of(type)}: {problem}";
    }

    // What is received is made here, so the parameter must be the interface itself.
    private static string? ProblemOfStream(Type type)
    {
        if (StreamTypes.ItemOf(type) is { } item)
        {
            return type.IsInterface && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)
                ? ProblemOfItem(item)
                : $"a sequence is received as IAsyncEnumerable<{TypeName.Of(item)}>";
        }

        if (StreamTypes.ReportOf(type) is { } report)
        {
            return type.IsInterface && type.GetGenericTypeDefinition() == typeof(IProgress<>)
                ? ProblemOfItem(report)
                : $"progress is reported through IProgress<{TypeName.Of(report)}>";
        }

        return null;
    }

    private static string? ProblemOfItem(Type type)
        => StreamTypes.IsStream(type) ? "the items of a sequence are values" : ProblemOfType(type);

    private static string? ProblemOfType(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint))
        {
            return "a pointer means nothing in another process";
        }

        if (type.IsPrimitive || type == typeof(string) || type == typeof(object))
        {
            return null;
        }

        if (type.IsByRefLike)
        {
            return "it lives on the stack and cannot be received; use an array";
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return "code does not travel; let the caller register a method and call it back through RpcContext";
        }

        if (typeof(Task).IsAssignableFrom(type) || ReturnShape.Of(type).Kind != ReturnKind.Value)
        {
            return "a task does not travel; use its value";
        }

        if (typeof(Stream).IsAssignableFrom(type))
        {
            return "it does not travel; use a byte[], or an IAsyncEnumerable<byte[]> for many bytes";
        }

        if (typeof(Type).IsAssignableFrom(type))
        {
            return "a type does not travel; use its name";
        }

        return null;
    }
}
