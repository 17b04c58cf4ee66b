using System.Text.Json;
using System.Text.Unicode;

namespace TrustRpc.Messages;

/// <summary>Reads the JSON-RPC envelope of a frame (section 5): checks the whole body, finds the members, leaves params and results as slices.</summary>
internal static class EnvelopeReader
{
    private const int MaxMetaBytes = 8 * 1024;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = ProtocolLimits.MaxDepth };

    public static Envelope Read(ReadOnlySpan<byte> body)
    {
        Envelope usual = default;
        if (UsualEnvelope.TryRead(body, ref usual))
        {
            return usual;
        }

        return IsText(body) ? ReadAny(body) : Malformed("the text is not valid UTF-8, or holds half a surrogate pair");
    }

    /// <summary>True for valid UTF-8 without escapes of half a surrogate pair, which the base library finds only when a string is read.</summary>
    internal static bool IsText(ReadOnlySpan<byte> json) => Utf8.IsValid(json) && SurrogateEscapes.ArePaired(json);

    /// <summary>As <see cref="Read"/> for whatever is valid UTF-8.</summary>
    internal static Envelope ReadAny(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, Options);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return reader.Read() ? Malformed("bytes follow the JSON value") : Invalid("a message is a JSON object");
            }

            return ReadObject(ref reader, body);
        }
        catch (JsonException)
        {
            return Malformed("the body is not one JSON value, or is deeper than 64 levels");
        }
    }

    private static Envelope ReadObject(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        Envelope envelope = default;
        var members = default(Members);
        HashSet<string>? unknown = null;
        ReadOnlySpan<byte> parameters = default, result = default, error = default;
        string? problem = null;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Members member = Name(ref reader);
            if (member == 0 ? !(unknown ??= []).Add(reader.GetString()!) : (members & member) != 0)
            {
                // The rest is read for its syntax alone: what counts is that the frame was no message.
                return Malformed("a member of the message stands twice");
            }

            members |= member;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            switch (member)
            {
                case Members.JsonRpc:
                    problem ??= reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8) ? null : "jsonrpc must be \"2.0\"";
                    break;
                case Members.Id:
                    envelope.HasId = ReadId(ref reader, out envelope.Id, ref problem);
                    break;
                case Members.Method:
                    problem ??= reader.TokenType == JsonTokenType.String ? null : "method must be a string";
                    envelope.Method = reader.TokenType == JsonTokenType.String ? Text(ref reader) : default;
                    break;
                case Members.Timeout:
                    if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out envelope.Timeout) || envelope.Timeout < 1)
                    {
                        problem ??= "timeout must be an integer of at least 1 (milliseconds)";
                    }

                    break;
                case Members.TraceParent:
                    envelope.TraceParent = reader.TokenType == JsonTokenType.String ? Text(ref reader) : default;
                    break;
                case Members.TraceState:
                    envelope.TraceState = reader.TokenType == JsonTokenType.String ? Text(ref reader) : default;
                    break;
                default:
                    break;
            }

            reader.Skip();
            ReadOnlySpan<byte> value = body[start..(int)reader.BytesConsumed];
            switch (member)
            {
                case Members.Params:
                    parameters = value;
                    problem ??= value[0] is (byte)'[' or (byte)'{' ? null : "params must be an array or an object";
                    break;
                case Members.Result:
                    result = value;
                    break;
                case Members.Error:
                    error = value;
                    break;
                case Members.Meta:
                    envelope.Meta = value;
                    problem ??= IsMeta(value) ? null : "meta must be an object of strings of at most 8 KiB";
                    break;
                default:
                    break;
            }
        }

        if (reader.Read())
        {
            return Malformed("bytes follow the JSON value");
        }

        if ((members & Members.Method) != 0)
        {
            envelope.Kind = (members & Members.Id) != 0 ? EnvelopeKind.Request : EnvelopeKind.Notification;
            envelope.Payload = parameters;
            problem ??= envelope.HasId || envelope.Kind == EnvelopeKind.Notification ? null : "the id of a request must not be null";
        }
        else if ((members & (Members.Result | Members.Error)) != 0)
        {
            // Never answered, so whatever is wrong with it is the waiting caller's to hear; without a usable id it belongs to none.
            bool isResult = (members & Members.Result) != 0;
            envelope.Kind = isResult ? EnvelopeKind.Response : EnvelopeKind.Error;
            envelope.Payload = isResult ? result : error;
            return envelope;
        }
        else
        {
            problem = "the object has none of method, result and error";
            envelope.HasId = false;
        }

        if (problem is not null)
        {
            envelope.Kind = EnvelopeKind.Invalid;
            envelope.Problem = problem;
        }

        return envelope;
    }

    private static bool ReadId(scoped ref Utf8JsonReader reader, out RequestId id, ref string? problem)
    {
        id = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetInt64(out long number) && IsInteger(reader.ValueSpan) && number is >= -RequestId.MaxNumber and <= RequestId.MaxNumber:
                id = new RequestId(number);
                return true;
            case JsonTokenType.String when reader.ValueSpan.Length <= 6 * RequestId.MaxTextBytes && Text(ref reader).Length <= RequestId.MaxTextBytes:
                id = new RequestId(0, reader.ValueSpan.ToArray());
                return true;
            case JsonTokenType.Null:
                // Legal in a response alone: the peer could not read the id of what it refuses.
                return false;
            default:
                problem ??= "id must be an integer within 2^53 or a string of at most 128 bytes";
                return false;
        }
    }

    // 1.0 and 1e0 have integer values, but the protocol takes integers without fraction or exponent.
    private static bool IsInteger(ReadOnlySpan<byte> number) => number.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0;

    private static ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        byte[] unescaped = new byte[reader.ValueSpan.Length];
        return unescaped.AsSpan(0, reader.CopyString(unescaped));
    }

    private static bool IsMeta(ReadOnlySpan<byte> json)
    {
        if (json[0] != '{' || json.Length > MaxMetaBytes)
        {
            return false;
        }

        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                return false;
            }
        }

        return true;
    }

    private static Members Name(scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            switch (reader.ValueSpan.Length)
            {
                case 2 when reader.ValueSpan.SequenceEqual("id"u8): return Members.Id;
                case 4 when reader.ValueSpan.SequenceEqual("meta"u8): return Members.Meta;
                case 5 when reader.ValueSpan.SequenceEqual("error"u8): return Members.Error;
                case 6 when reader.ValueSpan.SequenceEqual("method"u8): return Members.Method;
                case 6 when reader.ValueSpan.SequenceEqual("params"u8): return Members.Params;
                case 6 when reader.ValueSpan.SequenceEqual("result"u8): return Members.Result;
                case 7 when reader.ValueSpan.SequenceEqual("jsonrpc"u8): return Members.JsonRpc;
                case 7 when reader.ValueSpan.SequenceEqual("timeout"u8): return Members.Timeout;
                case 10 when reader.ValueSpan.SequenceEqual("tracestate"u8): return Members.TraceState;
                case 11 when reader.ValueSpan.SequenceEqual("traceparent"u8): return Members.TraceParent;
                default: return 0;
            }
        }

        return reader.ValueTextEquals("id"u8) ? Members.Id
            : reader.ValueTextEquals("meta"u8) ? Members.Meta
            : reader.ValueTextEquals("error"u8) ? Members.Error
            : reader.ValueTextEquals("method"u8) ? Members.Method
            : reader.ValueTextEquals("params"u8) ? Members.Params
            : reader.ValueTextEquals("result"u8) ? Members.Result
            : reader.ValueTextEquals("jsonrpc"u8) ? Members.JsonRpc
            : reader.ValueTextEquals("timeout"u8) ? Members.Timeout
            : reader.ValueTextEquals("tracestate"u8) ? Members.TraceState
            : reader.ValueTextEquals("traceparent"u8) ? Members.TraceParent
            : 0;
    }

    private static Envelope Malformed(string problem) => new() { Kind = EnvelopeKind.Malformed, Problem = problem };

    private static Envelope Invalid(string problem) => new() { Kind = EnvelopeKind.Invalid, Problem = problem };

    [Flags]
    private enum Members
    {
        JsonRpc = 1,
        Id = 2,
        Method = 4,
        Params = 8,
        Result = 16,
        Error = 32,
        Timeout = 64,
        TraceParent = 128,
        TraceState = 256,
        Meta = 512,
    }
}
