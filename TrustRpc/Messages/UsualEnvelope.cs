using System.Buffers.Text;
using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>
/// Reads the requests and results that this library writes by their looks: members in its own order, nothing escaped, no white space. Everything else,
/// errors and malformed messages included, is for <see cref="EnvelopeReader"/>.
/// </summary>
internal static class UsualEnvelope
{
    /// <summary>So many digits stay within 2^53.</summary>
    private const int MaxDigits = 15;

    // The envelope itself is the first level.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = ProtocolLimits.MaxDepth - 1 };

    private static ReadOnlySpan<byte> Start => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    private static ReadOnlySpan<byte> Method => ",\"method\":\""u8;

    private static ReadOnlySpan<byte> Timeout => ",\"timeout\":"u8;

    private static ReadOnlySpan<byte> Params => ",\"params\":"u8;

    private static ReadOnlySpan<byte> Result => ",\"result\":"u8;

    /// <param name="body">The body of a frame, not looked at before.</param>
    /// <param name="envelope">Filled where the result is true.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, ref Envelope envelope)
    {
        if (!body.StartsWith(Start) || body[^1] != '}')
        {
            return false;
        }

        ReadOnlySpan<byte> rest = body[Start.Length..^1];
        if (!TryTakeNumber(ref rest, out long id))
        {
            return false;
        }

        if (TryTake(ref rest, Result))
        {
            envelope.Kind = EnvelopeKind.Response;
        }
        else if (TryTake(ref rest, Method) && TryTakeText(ref rest, out envelope.Method)
            && (!TryTake(ref rest, Timeout) || (TryTakeNumber(ref rest, out envelope.Timeout) && envelope.Timeout > 0))
            && TryTake(ref rest, Params) && !rest.IsEmpty && rest[0] is (byte)'[' or (byte)'{')
        {
            envelope.Kind = EnvelopeKind.Request;
        }
        else
        {
            return false;
        }

        envelope.Id = new RequestId(id);
        envelope.HasId = true;
        envelope.Payload = rest;
        return IsOneValue(rest);
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> expected)
    {
        if (!rest.StartsWith(expected))
        {
            return false;
        }

        rest = rest[expected.Length..];
        return true;
    }

    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> rest, out long number)
    {
        // JSON has neither a sign to a positive number nor zeros before it.
        if (rest.IsEmpty || rest[0] is not (>= (byte)'1' and <= (byte)'9') || !Utf8Parser.TryParse(rest, out number, out int digits) || digits > MaxDigits)
        {
            number = 0;
            return false;
        }

        rest = rest[digits..];
        return true;
    }

    private static bool TryTakeText(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        int end = rest.IndexOf((byte)'"');
        text = end < 0 ? default : rest[..end];
        if (end < 0 || !PlainText.Is(text))
        {
            return false;
        }

        rest = rest[(end + 1)..];
        return true;
    }

    private static bool IsOneValue(ReadOnlySpan<byte> json)
    {
        if (PlainText.IsOneString(json))
        {
            return true;
        }

        if (!EnvelopeReader.IsText(json))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json, Options);
            reader.Read();
            reader.Skip();
            return reader.BytesConsumed == json.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
