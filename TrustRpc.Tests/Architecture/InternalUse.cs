using System.Reflection;
using System.Reflection.Emit;

namespace TrustRpc.Tests.Architecture;

/// <summary>What the compiled code of one namespace uses that is internal to the rest of its assembly.</summary>
internal static class InternalUse
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static string[] By(string space)
        => [.. typeof(RpcServer).Assembly.GetTypes().Where(type => type.Namespace == space).SelectMany(type => By(type, space)).Distinct()];

    private static IEnumerable<string> By(Type type, string space)
    {
        IEnumerable<MemberInfo> used = type.GetMethods(Own).Cast<MethodBase>().Concat(type.GetConstructors(Own)).SelectMany(UsedBy)
            .Concat(type.GetFields(Own).Select(field => field.FieldType))
            .Concat(type.BaseType is { } above ? [above] : [])
            .Concat(type.GetInterfaces());
        return from member in used
               where member is not null && !IsVisible(member, space)
               select $"{type.FullName} uses {member.DeclaringType?.Name}.{member.Name}";
    }

    private static bool IsVisible(MemberInfo member, string space)
    {
        Type type = member as Type ?? member.DeclaringType!;
        if (type.Assembly != typeof(RpcServer).Assembly || type.Namespace == space || type.Name[0] == '<' || type.Namespace is null)
        {
            return true;
        }

        return type.IsVisible && member switch
        {
            MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
            FieldInfo field => field.IsPublic || field.IsFamily,
            _ => true,
        };
    }

    private static IEnumerable<MemberInfo> UsedBy(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        int at = 0;
        while (at < code.Length)
        {
            short value = code[at++];
            OpCode op = Codes[value == 0xFE ? (short)((0xFE << 8) | code[at++]) : value];
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineType
                && method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod) is { } member)
            {
                yield return member;
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
