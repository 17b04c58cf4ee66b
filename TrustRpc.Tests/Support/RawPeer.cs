using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace TrustRpc.Tests.Support;

/// <summary>The other end of a connection, byte by byte: it writes what a test says, frame or not, and reads the frames that come back.</summary>
internal sealed class RawPeer(Stream stream) : IAsyncDisposable
{
    public Stream Stream => stream;

    /// <summary>Header and body of a JSON frame.</summary>
    public static byte[] Frame(byte[] body, byte kind = 0)
    {
        byte[] frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)kind << 24) | (uint)body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    public static byte[] Frame(string body) => Frame(Encoding.UTF8.GetBytes(body));

    public static byte[] Frames(params IEnumerable<string> bodies) => [.. bodies.SelectMany(Frame)];

    /// <summary>A request as JSON; the id and the params as they are to travel.</summary>
    public static string Request(object id, string method, string parameters = "[]")
        => $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""";

    public static string Notification(string method, string parameters = "[]")
        => $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}}}""";

    public static string Result(object id, string result) => $$"""{"jsonrpc":"2.0","id":{{id}},"result":{{result}}}""";

    /// <summary>Frames in one write.</summary>
    public Task SendAsync(params string[] bodies) => WriteAsync(Frames(bodies));

    public async Task WriteAsync(byte[] bytes) => await stream.WriteAsync(bytes).InTime();

    /// <summary>The next frame as it travelled; null = the end of the stream, between two frames.</summary>
    public async Task<string?> ReadAsync()
    {
        byte[] header = new byte[4];
        int read = await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false).InTime();
        if (read == 0) return null;
        Assert.Equal(4, read);
        uint value = BinaryPrimitives.ReadUInt32BigEndian(header);
        Assert.Equal(0u, value >> 24);
        byte[] body = new byte[value];
        await stream.ReadExactlyAsync(body).InTime();
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
    }

    /// <summary>The next message; the end of the stream is a failure.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        string? text = await ReadAsync();
        Assert.True(text is not null, "The peer ended the stream instead of saying something.");
        return JsonElement.Parse(text);
    }

    /// <summary>So many messages, by their ids.</summary>
    public async Task<Dictionary<string, JsonElement>> ReceiveAsync(int count)
    {
        Dictionary<string, JsonElement> messages = [];
        while (messages.Count < count)
        {
            JsonElement message = await ReceiveAsync();
            messages.Add(message.GetProperty("id").GetRawText(), message);
        }

        return messages;
    }

    /// <summary>Sends a request and expects the next message to be its result, as JSON.</summary>
    public async Task<string> CallAsync(object id, string method, string parameters = "[]")
    {
        await SendAsync(Request(id, method, parameters));
        JsonElement answer = await ReceiveAsync();
        Assert.Equal(id.ToString(), answer.GetProperty("id").GetRawText());
        Assert.True(answer.TryGetProperty("result", out JsonElement result), answer.GetRawText());
        return result.GetRawText();
    }

    /// <summary>Expects the next message to be an error, and says its code and the id that it carries.</summary>
    public async Task<(int Code, string Id, string Message)> ReceiveErrorAsync()
    {
        JsonElement answer = await ReceiveAsync();
        Assert.True(answer.TryGetProperty("error", out JsonElement error), answer.GetRawText());
        return (error.GetProperty("code").GetInt32(), answer.GetProperty("id").GetRawText(), error.GetProperty("message").GetString()!);
    }

    /// <summary>Expects a goaway of that reason, and then the end.</summary>
    public async Task ExpectGoAwayAndEndAsync(string reason)
    {
        JsonElement message = await ReceiveAsync();
        Assert.Equal("$/goaway", message.TryGetProperty("method", out JsonElement method) ? method.GetString() : message.GetRawText());
        Assert.False(message.TryGetProperty("id", out _));
        Assert.Equal(reason, message.GetProperty("params").GetProperty("reason").GetString());
        await ExpectEndAsync();
    }

    public async Task ExpectEndAsync()
    {
        try
        {
            string? text = await ReadAsync();
            Assert.True(text is null, $"The peer was to end the stream and said: {text}");
        }
        catch (IOException)
        {
            // An end as well: closed with bytes of ours unread.
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
