using System.Text;

namespace TrustRpc.Programs;

/// <summary>
/// Standard output and standard error where they can no longer be written, on a full disk for example. Output is what a command is for, so that is an error of its own, told apart from that of a
/// connection. Whatever goes to standard error is for people: where it cannot be written it is dropped, and the program goes on.
/// </summary>
internal static class StandardStreams
{
    public static void Guard()
    {
        Console.SetOut(new GuardedWriter(Console.OpenStandardOutput(), isNeeded: true));
        Console.SetError(new GuardedWriter(Console.OpenStandardError(), isNeeded: false));
    }

    /// <summary>A line on standard output that says how a program that serves is doing; where it cannot be written it is dropped, and the program goes on.</summary>
    public static void Tell(string line)
    {
        try
        {
            Console.WriteLine(line);
        }
        catch (OutputException)
        {
            // Whoever serves others does not end for want of somebody to tell it to.
        }
    }

    // The encoding is asked for each time, because sub-commands choose it after this was made. The console lets one thread at a time in, and each text is one write, so lines stay whole.
    private sealed class GuardedWriter(Stream stream, bool isNeeded) : TextWriter
    {
        public override Encoding Encoding => Console.OutputEncoding;

        public override void Write(char value) => Write([value]);

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(string? value) => Write(value.AsSpan());

        public override void WriteLine() => Write(NewLine);

        public override void WriteLine(string? value) => Write(value + NewLine);

        public override void Write(ReadOnlySpan<char> buffer)
        {
            byte[] bytes = new byte[Encoding.GetByteCount(buffer)];
            Encoding.GetBytes(buffer, bytes);
            try
            {
                stream.Write(bytes);
            }
            catch (Exception e) when (OutputException.Is(e))
            {
                if (isNeeded)
                {
                    throw new OutputException(e);
                }
            }
        }
    }
}
