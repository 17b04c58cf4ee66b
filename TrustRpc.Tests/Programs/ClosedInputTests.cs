using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>Standard input that was closed before the program began, <c>&lt;&amp;-</c>: it is empty.</summary>
public sealed class ClosedInputTests
{
    [LinuxTheory]
    [InlineData("shell", "")]
    [InlineData("call greet -", "\"Hello, !\"\n")]
    [InlineData("stream running_total --input -", "")]
    [InlineData("sync", "")]
    public async Task A_command_that_reads_it_comes_to_its_end_at_once(string words, string output)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:closed.sock")).Address;

        ProgramRun run = place.StartProgram("/bin/sh", "-c", $"exec dotnet '{Repository.Program("TrustRpc.Client")}' {words} <&-");

        Assert.Equal(output, (await run.EndAsync()).Ended(0).Output);
    }
}
