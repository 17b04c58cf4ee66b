using System.Text;
using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>The names that belong to the protocol, and the params of its own messages (section 5): an array or an object, either way.</summary>
internal static class ReservedMethods
{
    public const string CancelName = "$/cancelRequest";
    public const string GoAwayName = "$/goaway";
    public const string PingName = "rpc.ping";
    public const string DiscoverName = "rpc.discover";
    public const string StatsName = "rpc.stats";
    public const string NextName = "$/enumerator/next";
    public const string AbortName = "$/enumerator/abort";
    public const string ProgressName = "$/progress";

    private const int MaxPrintedName = 64;
    private const int MaxPrintedMessage = 200;

    public static ReadOnlySpan<byte> Cancel => "$/cancelRequest"u8;

    public static ReadOnlySpan<byte> GoAway => "$/goaway"u8;

    public static ReadOnlySpan<byte> Ping => "rpc.ping"u8;

    public static ReadOnlySpan<byte> Discover => "rpc.discover"u8;

    public static ReadOnlySpan<byte> Next => "$/enumerator/next"u8;

    public static ReadOnlySpan<byte> Abort => "$/enumerator/abort"u8;

    public static ReadOnlySpan<byte> Progress => "$/progress"u8;

    public static bool IsReserved(ReadOnlySpan<byte> method) => method.StartsWith("$/"u8) || method.StartsWith("rpc."u8);

    /// <summary>A name that a peer sent, safe to print: short and without control characters.</summary>
    public static string Printable(ReadOnlySpan<byte> method) => Printable(Encoding.UTF8.GetString(method), MaxPrintedName);

    private static string Printable(string text, int longest)
    {
        text = text.Length > longest ? text[..longest] + "…" : text;
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }

    /// <summary>The id that a cancellation names; false where there is none.</summary>
    public static bool TryReadId(ReadOnlySpan<byte> parameters, out RequestId id)
    {
        id = default;
        var reader = new Utf8JsonReader(parameters);
        if (!TryReadFirst(ref reader, "id"u8))
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number))
        {
            id = new RequestId(number);
            return true;
        }

        if (reader.TokenType == JsonTokenType.String)
        {
            id = new RequestId(0, reader.ValueSpan.ToArray());
            return true;
        }

        return false;
    }

    /// <summary>Why the peer goes away, safe to print; empty where it does not say.</summary>
    public static string ReadReason(ReadOnlySpan<byte> parameters)
    {
        var reader = new Utf8JsonReader(parameters);
        return TryReadFirst(ref reader, "reason"u8) && reader.TokenType == JsonTokenType.String ? Printable(reader.ValueSpan) : "";
    }

    /// <summary>What the peer says of it in its own words, safe to print; empty where it says nothing.</summary>
    public static string ReadMessage(ReadOnlySpan<byte> parameters)
    {
        var reader = new Utf8JsonReader(parameters);
        bool found = parameters is [(byte)'{', ..] && TryReadFirst(ref reader, "message"u8) && reader.TokenType == JsonTokenType.String;
        return found ? Printable(reader.GetString()!, MaxPrintedMessage) : "";
    }

    /// <summary>Whether the params of a ping ask for this side's clock.</summary>
    public static bool AsksForTime(ReadOnlySpan<byte> parameters)
    {
        var reader = new Utf8JsonReader(parameters);
        return parameters is [(byte)'{', ..] && TryReadFirst(ref reader, "time"u8) && reader.TokenType == JsonTokenType.True;
    }

    /// <summary>The sequence that a request for items or an abort names; false where there is none.</summary>
    public static bool TryReadToken(ReadOnlySpan<byte> parameters, out long token)
    {
        token = 0;
        var reader = new Utf8JsonReader(parameters);
        return !parameters.IsEmpty && TryReadFirst(ref reader, "token"u8)
            && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out token);
    }

    /// <summary>Token and value of a progress report; false where one is missing.</summary>
    public static bool TryReadReport(ReadOnlySpan<byte> parameters, out long token, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadToken(parameters, out token))
        {
            return false;
        }

        var reader = new Utf8JsonReader(parameters);
        if (parameters[0] == '[')
        {
            reader.Read();
            reader.Read();
            reader.Read();
        }
        else if (!TryReadFirst(ref reader, "value"u8))
        {
            return false;
        }

        if (reader.TokenType is JsonTokenType.EndArray)
        {
            return false;
        }

        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        value = parameters[start..(int)reader.BytesConsumed];
        return true;
    }

    // The first element of an array, or the member of that name of an object.
    private static bool TryReadFirst(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.Read())
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            return reader.Read() && reader.TokenType != JsonTokenType.EndArray;
        }

        while (reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
            || reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
            if (!reader.Read())
            {
                return false;
            }
        }

        return false;
    }
}
