using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Recording;

/// <summary>The file of a recording: a line of JSON for each message, with when and which way it went. Thread-safe.</summary>
internal sealed class RecordingWriter : IDisposable
{
    public const string ToServer = "to_server";
    public const string ToClient = "to_client";

    /// <summary>The event of the last line of a file that became as large as it may.</summary>
    public const string Full = "full";

    // So much is kept free for that line.
    private const int LastLine = 128;

    private const UnixFileMode ForOwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // What people read: no \u0022 where a quotation mark would do. It is no HTML.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _writing = new();
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private readonly Redaction _redaction;
    private readonly long _most;
    private readonly long _start;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _message = new();
    private long _messages;

    /// <summary>Makes the file, for its owner alone.</summary>
    /// <exception cref="UsageException">It is there already, or cannot be made.</exception>
    public RecordingWriter(string path, bool overwrite, long most, Redaction redaction, TimeProvider time)
    {
        FileStreamOptions options = new() { Mode = overwrite ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = ForOwnerAlone;
        }

        try
        {
            _file = new FileStream(path, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(File.Exists(path) && !overwrite ? $"{path} is there already; --overwrite replaces it." : $"{path} cannot be written: {FileReason.Of(e)}");
        }

        (_most, _redaction, _time) = (most, redaction, time);
        _start = time.GetTimestamp();
    }

    /// <summary>How many messages are in it.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Whether messages were left out because the file would have become too large, or cannot be written any more.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Is told when that begins, once, by whoever writes, and why: what there is to say of the file.</summary>
    public Action<string>? Filled { get; init; }

    private double Now => Math.Round(_time.GetElapsedTime(_start).TotalMilliseconds, 1);

    public void Opened(int conversation, TrustStream client, string server) => Write(conversation, writer =>
    {
        writer.WriteString("event", "opened");
        writer.WriteStartObject("client");
        writer.WriteString("id", client.PeerId);
        writer.WriteString("name", client.PeerName);
        writer.WriteEndObject();
        writer.WriteString("server", server);
    });

    public void Closed(int conversation, string reason) => Write(conversation, writer =>
    {
        writer.WriteString("event", "closed");
        writer.WriteString("reason", reason);
    });

    public void Message(int conversation, string direction, ReadOnlyMemory<byte> message)
    {
        if (Write(conversation, writer => WriteMessage(writer, direction, message)))
        {
            Interlocked.Increment(ref _messages);
        }
    }

    public void Dispose() => _file.Dispose();

    private void WriteMessage(Utf8JsonWriter writer, string direction, ReadOnlyMemory<byte> message)
    {
        writer.WriteString("direction", direction);
        _message.ResetWrittenCount();
        try
        {
            using var document = JsonDocument.Parse(message);
            using Utf8JsonWriter copy = new(_message, Readable);
            _redaction.Write(copy, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is not valid: the peer for whom it is says so and closes the connection.
            writer.WriteString("malformed", $"{message.Length} bytes that are no valid JSON");
            return;
        }

        writer.WritePropertyName("message");
        writer.WriteRawValue(_message.WrittenSpan, skipInputValidation: true);
    }

    private bool Write(int conversation, Action<Utf8JsonWriter> rest)
    {
        lock (_writing)
        {
            _line.ResetWrittenCount();
            using (Utf8JsonWriter writer = new(_line, Readable))
            {
                writer.WriteStartObject();
                writer.WriteNumber("time", Now);
                writer.WriteNumber("conversation", conversation);
                rest(writer);
                writer.WriteEndObject();
            }

            if (!IsFull && _file.Length + _line.WrittenCount + 1 + LastLine > _most)
            {
                IsFull = true;
                End();
                Filled?.Invoke("is full, and --max-size allows more");
            }

            if (!IsFull)
            {
                Append();
            }

            return !IsFull;
        }
    }

    // Says in the file itself that there was more.
    private void End()
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_line, Readable))
        {
            writer.WriteStartObject();
            writer.WriteNumber("time", Now);
            writer.WriteString("event", Full);
            writer.WriteNumber("max_bytes", _most);
            writer.WriteEndObject();
        }

        Append();
    }

    // Nothing is buffered: what could not be written is not tried again when the file is closed.
    private void Append()
    {
        _line.Write("\n"u8);
        long whole = _file.Position;
        try
        {
            _file.Write(_line.WrittenSpan);
        }
        catch (IOException e)
        {
            IsFull = true;
            Filled?.Invoke($"cannot be written: {e.Message}");
            CutTo(whole);
        }
    }

    // Half a line at its end would be no line of a recording.
    private void CutTo(long whole)
    {
        try
        {
            _file.SetLength(whole);
        }
        catch (IOException)
        {
            // It stays as it is: something that is no file, say.
        }
    }
}
