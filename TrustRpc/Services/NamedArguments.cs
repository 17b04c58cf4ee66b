using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace TrustRpc.Services;

/// <summary>Where in an object of arguments the value of each parameter stands. Members come in any order and their names are matched ignoring case.</summary>
internal struct NamedArguments
{
    private const int LongestName = 512;

    private Places _few;
    private Place[]? _many;

    [UnscopedRef]
    private Span<Place> All => _many is null ? _few : _many;

    /// <summary>Reads the members of the object that <paramref name="reader"/> stands on the start of.</summary>
    public void Find(scoped ref Utf8JsonReader reader, MethodDescriptor method)
    {
        if (method.WireParameters.Length > Places.Count)
        {
            _many = new Place[method.WireParameters.Length];
        }

        try
        {
            ReadMembers(ref reader, method);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw ArgumentError.Malformed(method, e);
        }
    }

    public readonly bool TryGet(int position, out Range place)
    {
        Place found = _many is null ? _few[position] : _many[position];
        place = found.Start..found.End;
        return found.End > 0;
    }

    private void ReadMembers(scoped ref Utf8JsonReader reader, MethodDescriptor method)
    {
        Span<Place> places = All;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int position = PositionOf(in reader, method);
            if (position < 0)
            {
                throw ArgumentError.Unknown(method, reader.ValueSpan);
            }

            ref Place place = ref places[position];
            if (place.End > 0)
            {
                throw ArgumentError.Twice(method, method.WireParameters[position]);
            }

            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            place = new Place(start, (int)reader.BytesConsumed);
        }
    }

    private static int PositionOf(in Utf8JsonReader reader, MethodDescriptor method)
    {
        ParameterDescriptor[] parameters = method.WireParameters;
        for (int i = 0; i < parameters.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(reader.ValueSpan, parameters[i].Name))
            {
                return i;
            }
        }

        return PositionOfUnusual(in reader, parameters);
    }

    /// <summary>A name with escapes or letters beyond ASCII, or none of the method's.</summary>
    private static int PositionOfUnusual(in Utf8JsonReader reader, ParameterDescriptor[] parameters)
    {
        if (reader.ValueSpan.Length > LongestName)
        {
            return -1;
        }

        Span<char> buffer = stackalloc char[LongestName];
        ReadOnlySpan<char> name = buffer[..reader.CopyString(buffer)];
        for (int i = 0; i < parameters.Length; i++)
        {
            if (name.Equals(parameters[i].Name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Place(int Start, int End);

    [InlineArray(Count)]
    private struct Places
    {
        public const int Count = 8;

        private Place _first;
    }
}
