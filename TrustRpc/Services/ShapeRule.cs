using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace TrustRpc.Services;

/// <summary>Which methods can be called from afar, and the reason where one cannot.</summary>
internal static class ShapeRule
{
    private const string NoStreams = "streams and progress reports are not served by this version; use a value, an array or several calls";

    /// <summary>Adds one line for each thing that is wrong; none means that the method can be served and called.</summary>
    public static void Check(MethodSource source, List<string> problems)
    {
        int before = problems.Count;
        if (source.Callee.ContainsGenericParameters || source.Declared.ContainsGenericParameters)
        {
            problems.Add($"{source} is generic: a caller cannot say for which types");
            return;
        }

        if (ProblemOfResult(source.Callee.ReturnType) is { } result)
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

    private static string? ProblemOfResult(Type type)
    {
        if (type.IsByRef)
        {
            return "returns by reference; return the value";
        }

        Type result = ReturnShape.Of(type).Type ?? typeof(object);
        return ProblemOfType(result) is { } reason ? $"returns {TypeName.Of(result)}: {reason}" : null;
    }

    private static string? ProblemOfParameter(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type.IsByRef)
        {
            string word = parameter.IsOut ? "out" : parameter.IsIn ? "in" : "ref";
            return $"is {word}: arguments travel as copies; pass a value and return what changes";
        }

        return ProblemOfType(type) is { } reason ? $"is {TypeName.Of(type)}: {reason}" : null;
    }

    private static string? ProblemOfType(Type type)
    {
        if (type.IsPrimitive || type == typeof(string) || type == typeof(object))
        {
            return null;
        }

        if (type.IsPointer || type.IsFunctionPointer)
        {
            return "a pointer means nothing in another process";
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

        return IsStream(type) ? NoStreams : null;
    }

    private static bool IsStream(Type type) => Implements(type, typeof(IAsyncEnumerable<>)) || Implements(type, typeof(IProgress<>));

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "An interface that trimming removed is one that nobody streams through.")]
    private static bool Implements(Type type, Type definition)
        => Is(type, definition) || Array.Exists(type.GetInterfaces(), i => Is(i, definition));

    private static bool Is(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
