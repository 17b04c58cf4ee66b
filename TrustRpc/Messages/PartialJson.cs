using System.Globalization;
using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>Where a value broke off that could not be written to its end: the steps from its root to what was to come next.</summary>
internal static class PartialJson
{
    /// <summary>Such as <c>items</c>, <c>[2]</c>, <c>price</c>; a number in brackets is a place in an array.</summary>
    /// <param name="json">What was written, well-formed as far as it goes.</param>
    public static List<string> Path(ReadOnlySpan<byte> json)
    {
        // A number may have ended where the text does; the space says so.
        byte[] text = [.. json, (byte)' '];
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 2 * ProtocolLimits.MaxDepth }));
        Stack<Place> open = [];
        try
        {
            while (reader.Read())
            {
                Follow(ref reader, open);
            }
        }
        catch (JsonException)
        {
            // What a converter of the user's wrote; the path ends there.
        }

        return [.. open.Reverse().Select(place => place.Step).OfType<string>()];
    }

    private static void Follow(ref Utf8JsonReader reader, Stack<Place> open)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                open.Peek().Name = reader.GetString();
                break;
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                open.Push(new Place { IsArray = reader.TokenType == JsonTokenType.StartArray });
                break;
            case JsonTokenType.EndArray or JsonTokenType.EndObject:
                open.Pop();
                goto default;
            default:
                if (open.TryPeek(out Place? around))
                {
                    around.Count++;
                    around.Name = null;
                }

                break;
        }
    }

    /// <summary>An array or object that was not closed.</summary>
    private sealed class Place
    {
        public bool IsArray { get; init; }

        public int Count { get; set; }

        public string? Name { get; set; }

        // Between two members of an object it is the object itself that cannot be written.
        public string? Step => IsArray ? string.Create(CultureInfo.InvariantCulture, $"[{Count}]") : Name;
    }
}
