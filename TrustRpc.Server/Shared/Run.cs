namespace TrustRpc.Programs;

/// <summary>Runs a sub-command: what a person can do something about becomes one line on standard error and an exit code.</summary>
internal static class Run
{
    public static async Task<int> Async(Func<Task<int>> command)
    {
        StandardStreams.Guard();
        try
        {
            return await command();
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (ExitCode.Explains(error))
        {
            Console.Error.WriteLine(OneLine(error.Message));
            return ExitCode.Of(error);
        }
    }

    public static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
