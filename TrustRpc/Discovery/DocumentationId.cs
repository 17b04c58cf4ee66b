using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>The id by which a compiler names a member in its XML documentation file (C# standard, annex D.4.2).</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
internal static class DocumentationId
{
    /// <summary>Null for what has none: members other than methods, properties and fields.</summary>
    public static string? Of(MemberInfo member)
    {
        // What is documented is the definition, List<T>.Add, not the use of it, List<int>.Add.
        if (member.DeclaringType is { IsConstructedGenericType: true } constructed)
        {
            member = constructed.GetGenericTypeDefinition().GetMemberWithSameMetadataDefinitionAs(member);
        }

        string owner = member.DeclaringType!.FullName?.Replace('+', '.') ?? "";
        string name = member.Name.Replace('.', '#');
        return member switch
        {
            PropertyInfo => $"P:{owner}.{name}",
            FieldInfo => $"F:{owner}.{name}",
            MethodInfo method => $"M:{owner}.{name}{Parameters(method)}",
            _ => null,
        };
    }

    private static string Parameters(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (parameters.Length == 0)
        {
            return "";
        }

        StringBuilder text = new("(");
        foreach (ParameterInfo parameter in parameters)
        {
            text.Append(text.Length > 1 ? "," : "");
            Append(text, parameter.ParameterType);
        }

        return text.Append(')').ToString();
    }

    private static void Append(StringBuilder text, Type type)
    {
        if (type.IsArray)
        {
            Append(text, type.GetElementType()!);
            int rank = type.GetArrayRank();
            text.Append('[').Append(rank == 1 ? "" : string.Join(',', Enumerable.Repeat("0:", rank))).Append(']');
        }
        else if (type.IsGenericParameter)
        {
            text.Append('`').Append(type.GenericParameterPosition);
        }
        else if (type.IsGenericType)
        {
            AppendGeneric(text, type);
        }
        else
        {
            text.Append(type.FullName?.Replace('+', '.'));
        }
    }

    // Outer`1+Inner`2 with three arguments is Outer{A}.Inner{B,C}.
    private static void AppendGeneric(StringBuilder text, Type type)
    {
        var arguments = new Queue<Type>(type.GetGenericArguments());
        string separator = "";
        foreach (string part in (type.GetGenericTypeDefinition().FullName ?? "").Split('+'))
        {
            string[] nameAndArity = part.Split('`');
            text.Append(separator).Append(nameAndArity[0]);
            separator = ".";
            if (nameAndArity.Length == 1)
            {
                continue;
            }

            int arity = int.Parse(nameAndArity[1], CultureInfo.InvariantCulture);
            for (int i = 0; i < arity; i++)
            {
                text.Append(i == 0 ? '{' : ',');
                Append(text, arguments.Dequeue());
            }

            text.Append('}');
        }
    }
}
