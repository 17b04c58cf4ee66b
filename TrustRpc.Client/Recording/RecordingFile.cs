using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Recording;

/// <summary>Reads what <see cref="RecordingWriter"/> has written.</summary>
internal static class RecordingFile
{
    // A message of the protocol has 64 levels at most, and is one deep in its line.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 80 };

    private const long Largest = 256 * 1024 * 1024;

    /// <param name="path">The file.</param>
    /// <param name="isCut">Whether it says that there was more, for which it had no room: calls whose answers would have been there are left out.</param>
    /// <exception cref="UsageException">It cannot be read, or is no recording.</exception>
    public static IReadOnlyList<RecordedConversation> Read(string path, out bool isCut)
    {
        isCut = false;
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
                    isCut |= !TryAdd(conversations, JsonElement.Parse(line, Deep));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {FileReason.Of(e)}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{path}, line {number}: that is no line of a recording.");
        }

        if (isCut)
        {
            foreach (RecordedConversation conversation in conversations.Values)
            {
                conversation.LeaveOutUnanswered();
            }
        }

        return [.. conversations.Values];
    }

    // False where the line says that the file ends too early.
    private static bool TryAdd(SortedDictionary<int, RecordedConversation> conversations, JsonElement line)
    {
        if (line.TryGetProperty("event", out JsonElement happened) && happened.ValueEquals(RecordingWriter.Full))
        {
            return false;
        }

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

        return true;
    }
}
