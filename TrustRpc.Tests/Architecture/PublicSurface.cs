using System.Globalization;
using System.Reflection;
using System.Text;

namespace TrustRpc.Tests.Architecture;

/// <summary>What an assembly shows to others, as lines of text that read like C#, sorted.</summary>
internal static class PublicSurface
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
    };

    public static string[] Describe(Assembly assembly)
        => [.. assembly.GetExportedTypes().Where(type => !type.Name.StartsWith('<') && type.DeclaringType?.Name.StartsWith('<') != true).OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Describe)];

    private static IEnumerable<string> Describe(Type type)
    {
        string name = type.FullName!.Split('`')[0] + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(a => a.Name))}>" : "");
        yield return $"{Kind(type)} {name}{Bases(type)}";
        foreach (string member in Members(type).Order(StringComparer.Ordinal))
            yield return $"{name}.{member}";
    }

    private static string Kind(Type type)
        => type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : type.IsSubclassOf(typeof(Delegate)) ? "delegate"
        : type.IsAbstract && type.IsSealed ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static string Bases(Type type)
    {
        IEnumerable<Type> own = type.GetInterfaces().Where(i => i.IsPublic && type.BaseType?.GetInterfaces().Contains(i) != true).OrderBy(i => i.Name, StringComparer.Ordinal);
        Type[] all = type.IsEnum ? [] : [.. type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? (Type[])[b] : [], .. own];
        return all.Length == 0 ? "" : " : " + string.Join(", ", all.Select(t => Name(t)));
    }

    private static IEnumerable<string> Members(Type type)
    {
        foreach (FieldInfo field in type.GetFields(Own).Where(f => (f.IsPublic || f.IsFamily) && !f.IsSpecialName))
            yield return field.IsLiteral ? $"{field.Name} = {Value(field.GetRawConstantValue())}" : $"{field.Name}: {Name(field.FieldType)}";
        foreach (PropertyInfo property in type.GetProperties(Own).Where(p => IsVisible(p.GetMethod ?? p.SetMethod)))
            yield return Describe(property);
        foreach (EventInfo e in type.GetEvents(Own).Where(e => IsVisible(e.AddMethod)))
            yield return $"event {e.Name}: {Name(e.EventHandlerType!)}";
        foreach (ConstructorInfo constructor in type.GetConstructors(Own).Where(IsVisible))
            yield return $"new({Parameters(constructor)})";
        foreach (MethodInfo method in type.GetMethods(Own).Where(m => IsVisible(m) && m.Name[0] != '<' && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
            yield return Describe(method);
    }

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    private static string Describe(PropertyInfo property)
    {
        string set = property.SetMethod is { } setter && IsVisible(setter)
            ? setter.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.Name == "IsExternalInit") ? " init;" : " set;"
            : "";
        string required = property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)) ? "required " : "";
        return $"{required}{property.Name}: {Name(property.PropertyType, Nullability.Create(property))} {{ {(IsVisible(property.GetMethod) ? "get;" : "")}{set} }}";
    }

    private static string Describe(MethodInfo method)
    {
        string modifier = method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method.GetBaseDefinition() != method ? "override " : method.IsVirtual && !method.IsFinal ? "virtual " : "";
        string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";
        return $"{modifier}{method.Name}{generic}({Parameters(method)}): {Name(method.ReturnType, Nullability.Create(method.ReturnParameter))}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : parameter.IsOut ? "out " : "";
        string value = parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue)}" : "";
        return $"{prefix}{Name(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }));

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsByRef) return Name(type.GetElementType()!, nullability);
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        string mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray) return Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword + mark;
        if (!type.IsGenericType) return type.Name + mark;
        NullabilityInfo[]? inner = nullability?.GenericTypeArguments;
        IEnumerable<string> arguments = type.GetGenericArguments().Select((a, i) => Name(a, inner is { Length: > 0 } ? inner[i] : null));
        return new StringBuilder(type.Name.Split('`')[0]).Append('<').AppendJoin(", ", arguments).Append('>').Append(mark).ToString();
    }

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
