using System.Globalization;

namespace TrustRpc.Messages;

/// <summary>A type's simple name as C# writes it, without namespace: all that a message may tell about a type.</summary>
internal static class TypeName
{
    public static string Of(Type type)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        int arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0
            ? type.Name
            : string.Create(CultureInfo.InvariantCulture, $"{type.Name[..arity]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>");
    }
}
