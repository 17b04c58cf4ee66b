using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Text.Json;

namespace TrustRpc.Services;

/// <summary>Writes, for one method, the code that a person would: read each argument in its type, call, hand over the result. Nothing is boxed.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal static class EmittedInvoker
{
    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;

    private static readonly Type[] Signature = [typeof(object), typeof(ArgumentReader).MakeByRefType(), typeof(Invocation)];

    /// <remarks>The evaluation stack grows as the source reads: invocation, target, arguments; so a call and a return are all that is left at the end.</remarks>
    public static Invoker Build(MethodSource source, ParameterDescriptor[] parameters)
    {
        var method = new DynamicMethod(source.Name, typeof(void), Signature, typeof(EmittedInvoker).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator(64 + (16 * parameters.Length));
        code.Emit(OpCodes.Ldarg_2);
        LoadTarget(code, source.Callee);
        LoadArguments(code, parameters);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Call, Reader(nameof(ArgumentReader.End)));
        code.Emit(source.Callee.IsVirtual ? OpCodes.Callvirt : OpCodes.Call, source.Callee);
        code.Emit(OpCodes.Callvirt, ReturnMember(source.Callee.ReturnType));
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Invoker>();
    }

    /// <remarks>No cast: the descriptor keeps method and target together.</remarks>
    private static void LoadTarget(ILGenerator code, MethodInfo callee)
    {
        if (callee.IsStatic)
        {
            return;
        }

        code.Emit(OpCodes.Ldarg_0);
        if (callee.DeclaringType!.IsValueType)
        {
            code.Emit(OpCodes.Unbox, callee.DeclaringType);
        }
    }

    private static void LoadArguments(ILGenerator code, ParameterDescriptor[] parameters)
    {
        int position = 0;
        foreach (ParameterDescriptor parameter in parameters)
        {
            switch (parameter.Kind)
            {
                case ParameterKind.CancellationToken:
                    code.Emit(OpCodes.Ldarg_2);
                    code.Emit(OpCodes.Callvirt, Getter(nameof(Invocation.CancellationToken)));
                    break;
                case ParameterKind.Context:
                    code.Emit(OpCodes.Ldarg_2);
                    code.Emit(OpCodes.Callvirt, Getter(nameof(Invocation.Context)));
                    break;
                case ParameterKind.AllArguments:
                    code.Emit(OpCodes.Ldarg_1);
                    code.Emit(OpCodes.Call, Reader(nameof(ArgumentReader.ReadAll)));
                    break;
                default:
                    code.Emit(OpCodes.Ldarg_1);
                    code.Emit(OpCodes.Ldc_I4, position++);
                    code.Emit(OpCodes.Call, ReadMember(parameter.Type));
                    break;
            }
        }
    }

    private static MethodInfo ReadMember(Type type)
        => type == typeof(string) ? Reader(nameof(ArgumentReader.ReadString))
        : type == typeof(int) ? Reader(nameof(ArgumentReader.ReadInt32))
        : type == typeof(long) ? Reader(nameof(ArgumentReader.ReadInt64))
        : type == typeof(double) ? Reader(nameof(ArgumentReader.ReadDouble))
        : type == typeof(bool) ? Reader(nameof(ArgumentReader.ReadBoolean))
        : type == typeof(JsonElement) ? Reader(nameof(ArgumentReader.ReadElement))
        : Reader(nameof(ArgumentReader.Read)).MakeGenericMethod(type);

    private static MethodInfo ReturnMember(Type type)
    {
        ReturnShape shape = ReturnShape.Of(type);
        string name = shape.Kind switch
        {
            ReturnKind.Task or ReturnKind.TaskOfValue => nameof(Invocation.ReturnTask),
            ReturnKind.ValueTask or ReturnKind.ValueTaskOfValue => nameof(Invocation.ReturnValueTask),
            _ => nameof(Invocation.Return),
        };
        MethodInfo member = Array.Find(typeof(Invocation).GetMethods(Public), m => m.Name == name && m.IsGenericMethodDefinition == shape.Type is not null)!;
        return shape.Type is null ? member : member.MakeGenericMethod(shape.Type);
    }

    private static MethodInfo Reader(string name) => typeof(ArgumentReader).GetMethod(name, Public)!;

    private static MethodInfo Getter(string name) => typeof(Invocation).GetProperty(name, Public)!.GetMethod!;
}
