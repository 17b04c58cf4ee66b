using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>
/// Standard output for programs: a line of JSON for each value, in UTF-8 whatever the terminal's encoding is. Written when it is flushed or disposed. The console's own stream keeps
/// quiet where nobody reads any more (<c>| head</c>), so this one does not use it where it can do without.
/// </summary>
internal sealed class OutputLines : IDisposable
{
    private const int StandardOutput = 1;

    // EPIPE; anything else that keeps output from being written is an error.
    private const int BrokenPipe = 32;
    private const int BufferBytes = 64 * 1024;

    // What a terminal may take for a command and JSON allows as it is: U+007F, and U+0080 to U+009F, which begin with this byte in UTF-8.
    private const byte Delete = 0x7F;
    private const byte FirstOfC1 = 0xC2;

    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly BufferedStream _stream = new(Open(), BufferBytes);

    /// <summary>Whether whoever read it has gone; what is written from then on is dropped.</summary>
    public bool IsClosed { get; private set; }

    public void Write(JsonElement value)
    {
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(value);
        if (raw.IndexOfAny((byte)'\n', (byte)'\r') < 0 && !(Terminal.Output.IsScreen && raw.IndexOfAny(Delete, FirstOfC1) >= 0))
        {
            Write(raw);
        }
        else
        {
            // As it was sent it has white space between its parts, which would make several lines of it, or perhaps characters that steer a terminal.
            using MemoryStream written = new();
            using (Utf8JsonWriter json = new(written, OneLine))
            {
                value.WriteTo(json);
            }

            Write(written.GetBuffer().AsSpan(0, (int)written.Length));
        }

        Write("\n"u8);
    }

    public void WriteLine(string text) => Write(Encoding.UTF8.GetBytes(text + "\n"));

    public void Flush() => Try(_stream.Flush);

    public void Dispose()
    {
        Flush();
        Try(_stream.Dispose);
    }

    // A file is the console stream's matter all the same: it goes on where the file ends, together with others that write there.
    private static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            FileStream direct = new(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!direct.CanSeek)
            {
                return direct;
            }
        }

        return Console.OpenStandardOutput();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed)
        {
            return;
        }

        try
        {
            _stream.Write(bytes);
        }
        catch (Exception e) when (OutputException.Is(e))
        {
            Fail(e);
        }
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (OutputException.Is(e))
        {
            Fail(e);
        }
    }

    // Said once: what is still in the buffer would fail again where this is disposed.
    private void Fail(Exception e)
    {
        bool isSaid = IsClosed;
        IsClosed = true;
        if (e.HResult != BrokenPipe && !isSaid)
        {
            throw new OutputException(e);
        }
    }
}
