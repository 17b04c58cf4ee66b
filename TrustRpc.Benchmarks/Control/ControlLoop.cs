namespace TrustRpc.Benchmarks.Control;

/// <summary>The child's end of the control channel: a line in (verb, then its argument), a line out, until the parent is gone.</summary>
internal static class ControlLoop
{
    internal const string ErrorPrefix = "error ";

    internal static int Run(Func<string, string, string> handle)
    {
        while (Console.In.ReadLine() is { } line && line != "quit")
        {
            Console.Out.WriteLine(Answer(handle, line));
            Console.Out.Flush();
        }
        return 0;
    }

    private static string Answer(Func<string, string, string> handle, string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (verb, argument) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
        try
        {
            return handle(verb, argument);
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception);
            return ErrorPrefix + exception.Message.ReplaceLineEndings(" ");
        }
    }
}
