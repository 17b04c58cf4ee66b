using System.Text.Json;

namespace TrustRpc.Programs;

/// <summary>What travels in a frame of the chat: a line of text, and from whom; without a text it is the sender's goodbye.</summary>
internal sealed record ChatMessage(string From, string? Text)
{
    public ReadOnlyMemory<byte> ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <exception cref="IOException">It is no message of the chat.</exception>
    public static ChatMessage Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<ChatMessage>(bytes, JsonSerializerOptions.Web) is { From: not null } message ? message : throw NoMessage();
        }
        catch (JsonException)
        {
            throw NoMessage();
        }
    }

    private static IOException NoMessage() => new("The peer sent what is no message of the chat. Is a chat served there (dotnet run --project TrustRpc.Server -- chat)?");
}
