using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;

namespace TrustRpc.Messages;

/// <summary>Writes JSON-RPC envelopes around values, straight into a frame (section 5): <c>jsonrpc</c>, <c>id</c>, <c>method</c> first, params or result last.</summary>
internal static class EnvelopeWriter
{
    /// <summary>What every request begins with up to its method; no other message of this side's begins so.</summary>
    public static int WriteRequestStart(Span<byte> destination, long id)
    {
        "{\"jsonrpc\":\"2.0\",\"id\":"u8.CopyTo(destination);
        int count = 22;
        Utf8Formatter.TryFormat(id, destination[count..], out int digits);
        count += digits;
        ",\"method\":"u8.CopyTo(destination[count..]);
        return count + 10;
    }

    /// <summary>The most bytes that <see cref="WriteRequestStart"/> writes.</summary>
    public const int MaxRequestStart = 22 + 20 + 10;

    public static void BeginRequest(FrameBuffer frame, long id, string method, long timeout, string? traceParent = null, string? traceState = null)
    {
        frame.Advance(WriteRequestStart(frame.GetSpan(MaxRequestStart), id));
        WriteText(frame, method);
        if (timeout > 0)
        {
            frame.Write(",\"timeout\":"u8);
            Utf8Formatter.TryFormat(timeout, frame.GetSpan(20), out int digits);
            frame.Advance(digits);
        }

        if (traceParent is not null)
        {
            frame.Write(",\"traceparent\":"u8);
            WriteText(frame, traceParent);
            if (traceState is not null)
            {
                frame.Write(",\"tracestate\":"u8);
                WriteText(frame, traceState);
            }
        }

        frame.Write(",\"params\":"u8);
    }

    public static void BeginNotification(FrameBuffer frame, string method)
    {
        frame.Write("{\"jsonrpc\":\"2.0\",\"method\":"u8);
        WriteText(frame, method);
        frame.Write(",\"params\":"u8);
    }

    public static void BeginResult(FrameBuffer frame, RequestId id)
    {
        BeginResponse(frame, id);
        frame.Write(",\"result\":"u8);
    }

    /// <summary>
    /// A whole error response in an empty frame; no id where the request's could not be read. Of what is not to be written, or is too long, as much is left out as it takes: there must be an answer.
    /// </summary>
    public static void WriteError(FrameBuffer frame, RequestId? id, RpcErrorCode code, string message, JsonElement? data = null)
    {
        try
        {
            WriteWholeError(frame, id, code, message, data);
        }
        catch (FrameTooLargeException)
        {
            frame.Restart();
            WriteWholeError(frame, id, code, "The error's own text exceeds the frame limit.", data: null);
        }
        catch (Exception e) when (data is not null && e is InvalidOperationException)
        {
            // The method's own: of a document that was disposed when its method was left, of none at all, or nested too deep.
            frame.Restart();
            WriteError(frame, id, code, $"{message} (The error's data cannot be written as JSON and was left out.)");
        }
    }

    private static void WriteWholeError(FrameBuffer frame, RequestId? id, RpcErrorCode code, string message, JsonElement? data)
    {
        if (id is { } known)
        {
            BeginResponse(frame, known);
        }
        else
        {
            frame.Write("{\"jsonrpc\":\"2.0\",\"id\":null"u8);
        }

        frame.Write(",\"error\":"u8);
        Utf8JsonWriter json = frame.Json;
        json.WriteStartObject();
        json.WriteNumber("code"u8, (int)code);
        json.WriteString("message"u8, message);
        if (data is { } value)
        {
            json.WritePropertyName("data"u8);
            value.WriteTo(json);
        }

        json.WriteEndObject();
        json.Flush();
        End(frame);
    }

    /// <summary>A whole <c>$/cancelRequest</c>.</summary>
    public static void WriteCancellation(FrameBuffer frame, long id)
    {
        BeginNotification(frame, ReservedMethods.CancelName);
        Utf8JsonWriter json = frame.Json;
        json.WriteStartObject();
        json.WriteNumber("id"u8, id);
        json.WriteEndObject();
        json.Flush();
        End(frame);
    }

    /// <summary>A whole <c>$/enumerator/next</c>.</summary>
    public static void WriteNext(FrameBuffer frame, long id, long token, long timeout)
    {
        BeginRequest(frame, id, ReservedMethods.NextName, timeout);
        WriteTokenAndEnd(frame, token);
    }

    /// <summary>A whole <c>$/enumerator/abort</c>.</summary>
    public static void WriteAbort(FrameBuffer frame, long token)
    {
        BeginNotification(frame, ReservedMethods.AbortName);
        WriteTokenAndEnd(frame, token);
    }

    /// <summary>A whole <c>$/progress</c>.</summary>
    public static void WriteReport<T>(FrameBuffer frame, long token, T value)
    {
        BeginNotification(frame, ReservedMethods.ProgressName);
        frame.Write("{\"token\":"u8);
        WriteNumber(frame, token);
        frame.Write(",\"value\":"u8);
        WriteValue(frame, value);
        frame.Write((byte)'}');
        End(frame);
    }

    /// <summary>The answer to the call that a sequence is the result of, up to its items; <see cref="FirstItemsEnd"/> follows them.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="id">The id of the call.</param>
    /// <param name="token">The sequence's token; null = it is complete.</param>
    public static void BeginFirstItems(FrameBuffer frame, RequestId id, long? token)
    {
        BeginResult(frame, id);
        if (token is { } number)
        {
            frame.Write("{\"token\":"u8);
            WriteNumber(frame, number);
            frame.Write(",\"values\":["u8);
        }
        else
        {
            frame.Write("{\"values\":["u8);
        }
    }

    public static ReadOnlySpan<byte> FirstItemsEnd => "]}}"u8;

    /// <summary>The answer to a request for items, up to them; <see cref="ItemsEnd"/> follows.</summary>
    public static void BeginItems(FrameBuffer frame, RequestId id)
    {
        BeginResult(frame, id);
        frame.Write("{\"values\":["u8);
    }

    public static ReadOnlySpan<byte> ItemsEnd(bool finished) => finished ? "],\"finished\":true}}"u8 : "],\"finished\":false}}"u8;

    /// <summary>A whole <c>$/goaway</c>.</summary>
    public static void WriteGoAway(FrameBuffer frame, string reason, string message)
    {
        BeginNotification(frame, ReservedMethods.GoAwayName);
        Utf8JsonWriter json = frame.Json;
        json.WriteStartObject();
        json.WriteString("reason"u8, reason);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
        json.Flush();
        End(frame);
    }

    /// <summary>Closes the envelope after its last member.</summary>
    public static void End(FrameBuffer frame)
    {
        frame.Write((byte)'}');
        frame.Finish();
    }

    /// <summary>A value as the type it is declared to be.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The user's own types; see the remarks of RpcCaller on trimming.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    public static void WriteValue<T>(FrameBuffer frame, T value)
    {
        if (typeof(T) == typeof(string) && value is not null)
        {
            WriteText(frame, (string)(object)value);
            return;
        }

        Utf8JsonWriter json = frame.Json;
        if (typeof(T) == typeof(object))
        {
            WriteBoxed(json, value);
        }
        else if (typeof(T) == typeof(JsonElement))
        {
            ((JsonElement)(object)value!).WriteTo(json);
        }
        else
        {
            JsonSerializer.Serialize(json, value, (JsonTypeInfo<T>)RpcJson.Options.GetTypeInfo(typeof(T)));
        }

        json.Flush();
    }

    /// <summary>Arguments by position.</summary>
    public static void WriteArguments(FrameBuffer frame, ReadOnlySpan<object?> arguments)
    {
        if (arguments is [string text])
        {
            frame.Write((byte)'[');
            WriteText(frame, text);
            frame.Write((byte)']');
            return;
        }

        Utf8JsonWriter json = frame.Json;
        json.WriteStartArray();
        foreach (object? argument in arguments)
        {
            WriteBoxed(json, argument);
        }

        json.WriteEndArray();
        json.Flush();
    }

    /// <summary>Arguments by name, as an object; what JSON makes an array of is taken by position.</summary>
    /// <exception cref="JsonException">It is neither: no peer could read it.</exception>
    public static void WriteArguments(FrameBuffer frame, object named)
    {
        int start = frame.BodyLength;
        WriteValue(frame, named);
        ReadOnlySpan<byte> json = frame.Frame.Span[(FrameHeader.Size + start)..];
        if (json[0] is not ((byte)'{' or (byte)'[') || (json.StartsWith("{\"token\":"u8) && StreamTypes.IsStream(named.GetType())))
        {
            throw new JsonException("give them as an array, [\"Alice\"], or by name, new { name = \"Alice\" }.");
        }
    }

    private static void WriteTokenAndEnd(FrameBuffer frame, long token)
    {
        frame.Write((byte)'[');
        WriteNumber(frame, token);
        frame.Write((byte)']');
        End(frame);
    }

    private static void WriteNumber(FrameBuffer frame, long number)
    {
        Utf8Formatter.TryFormat(number, frame.GetSpan(20), out int digits);
        frame.Advance(digits);
    }

    private static void BeginResponse(FrameBuffer frame, RequestId id)
    {
        frame.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        frame.Advance(id.TryFormat(frame.GetSpan(RequestId.MaxFormattedBytes)));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The user's own types; see the remarks of RpcCaller on trimming.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static void WriteBoxed(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            case JsonElement element: element.WriteTo(json); break;
            case DerivedValue derived: JsonSerializer.Serialize(json, derived.Value, RpcJson.Options.GetTypeInfo(derived.Base)); break;
            default: JsonSerializer.Serialize(json, value, RpcJson.Options.GetTypeInfo(value.GetType())); break;
        }
    }

    private static void WriteText(FrameBuffer frame, string text)
    {
        if (PlainText.TryWrite(frame, text))
        {
            return;
        }

        Utf8JsonWriter json = frame.Json;
        json.WriteStringValue(text);
        json.Flush();
    }
}
