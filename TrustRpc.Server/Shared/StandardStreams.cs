using System.Text;

namespace TrustRpc.Programs;

/// <summary>
/// Standard output and standard error where they can no longer be written, on a full disk for example. Output is what a command is for, so that is an error of its own, told apart from that of a
/// connection. Whatever goes to standard error is for people: where it cannot be written it is dropped, and the program goes on.
/// Standard input that was closed before the program began (<c>&lt;&amp;-</c>) is an empty one.
/// </summary>
internal static class StandardStreams
{
    private static readonly bool InputWasClosed = IsOfThisProcess();

    public static void Guard()
    {
        if (InputWasClosed)
        {
            Console.SetIn(TextReader.Null);
        }

        Console.SetOut(new GuardedWriter(Console.OpenStandardOutput(), isNeeded: true));
        Console.SetError(new GuardedWriter(Console.OpenStandardError(), isNeeded: false));
    }

    public static Stream OpenInput() => InputWasClosed ? Stream.Null : Console.OpenStandardInput();

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

    // Where descriptor 0 is free the runtime takes it for a pipe of its own, from which nothing ever comes. Such a descriptor closes on exec, which one that was handed to this process cannot.
    private static bool IsOfThisProcess()
    {
        const int closesOnExec = 0x80000; // O_CLOEXEC of Linux
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            string? flags = File.ReadLines("/proc/self/fdinfo/0").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & closesOnExec) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return false;
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
