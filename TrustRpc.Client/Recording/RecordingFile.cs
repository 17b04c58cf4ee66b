using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Recording;

/// <summary>Reads what <see cref="RecordingWriter"/> has written.</summary>
internal static class RecordingFile
{
    // A message of the protocol has 64 levels at most, and is one deep in its line.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 80 };

    private const long Largest = 256 * 1024 * 1024;

    /// <exception cref="UsageException">It cannot be read, or is no recording.</exception>
    public static IReadOnlyList<RecordedConversation> Read(string path)
    {
        SortedDictionary<int, RecordedConversation> conversations = [];
        int number = 0;
        try
        {
            if (new FileInfo(path).Length > Largest)
            {
                throw new UsageException($"{path} is larger than {Largest} bytes; take a part of its lines.");
            }

            foreach (string line in File.ReadLines(path))
            {
                number++;
                if (line.Length > 0)
                {
                    Add(conversations, JsonElement.Parse(line, Deep));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{path}, line {number}: that is no line of a recording.");
        }

        return [.. conversations.Values];
    }

    private static void Add(SortedDictionary<int, RecordedConversation> conversations, JsonElement line)
    {
        int number = line.GetProperty("conversation").GetInt32();
        if (!conversations.TryGetValue(number, out RecordedConversation? conversation))
        {
            conversations[number] = conversation = new RecordedConversation(number);
        }

        if (line.TryGetProperty("message", out JsonElement message))
        {
            conversation.Add(message, line.GetProperty("direction").GetString() == RecordingWriter.ToServer);
        }
        else if (line.TryGetProperty("client", out JsonElement client))
        {
            conversation.Opened(client);
        }
    }
}
