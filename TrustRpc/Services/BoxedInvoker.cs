using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace TrustRpc.Services;

/// <summary>The invoker where no code can be made at run time (a program compiled ahead of time): everything goes as <see cref="object"/>.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
internal static class BoxedInvoker
{
    public static Invoker Build(MethodSource source, ParameterDescriptor[] parameters)
    {
        MethodInvoker call = MethodInvoker.Create(source.Callee);
        Action<Invocation, object?> hand = Hand(source.Callee.ReturnType);
        return (object? target, ref ArgumentReader reader, Invocation invocation) =>
        {
            object?[] values = ReadAll(parameters, ref reader, invocation);
            reader.End();
            hand(invocation, call.Invoke(target, values.AsSpan()));
        };
    }

    private static object?[] ReadAll(ParameterDescriptor[] parameters, ref ArgumentReader reader, Invocation invocation)
    {
        var values = new object?[parameters.Length];
        int position = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = parameters[i].Kind switch
            {
                ParameterKind.CancellationToken => invocation.CancellationToken,
                ParameterKind.Context => invocation.Context,
                ParameterKind.AllArguments => reader.ReadAll(),
                _ => reader.ReadBoxed(position++),
            };
        }

        return values;
    }

    private static Action<Invocation, object?> Hand(Type returned)
    {
        switch (ReturnShape.Of(returned).Kind)
        {
            case ReturnKind.Nothing:
                return static (invocation, _) => invocation.Return();
            case ReturnKind.Task:
                return static (invocation, result) => invocation.ReturnTask((Task)result!);
            case ReturnKind.ValueTask:
                return static (invocation, result) => invocation.ReturnValueTask((ValueTask)result!);
            case ReturnKind.TaskOfValue:
                MethodInvoker value = ResultOf(returned);
                return (invocation, result) => invocation.ReturnTask(Await((Task)result!, value));
            case ReturnKind.ValueTaskOfValue:
                MethodInfo method = returned.GetMethod(nameof(ValueTask<>.AsTask))!;
                MethodInvoker asTask = MethodInvoker.Create(method);
                MethodInvoker taskValue = ResultOf(method.ReturnType);
                return (invocation, result) => invocation.ReturnTask(Await((Task)asTask.Invoke(result)!, taskValue));
            default:
                return static (invocation, result) => invocation.Return(result);
        }
    }

    private static MethodInvoker ResultOf(Type task) => MethodInvoker.Create(task.GetProperty(nameof(Task<>.Result))!.GetMethod!);

    private static async Task<object?> Await(Task task, MethodInvoker value)
    {
        await task.ConfigureAwait(false);
        return value.Invoke(task);
    }
}
