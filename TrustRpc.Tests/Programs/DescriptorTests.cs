using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>A process that has no descriptor left: one of its own, whose limit is lowered from outside.</summary>
public sealed class DescriptorTests
{
    [LinuxTheory]
    [InlineData("unix:none.sock")]
    [InlineData("pipe://./trustrpc-none")]
    [InlineData("tcp://127.0.0.1:9")]
    public async Task A_client_that_cannot_open_a_socket_says_so_and_goes_on_trying(string nobody)
    {
        await using Workplace place = new();
        place.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // The runtime needs descriptors of its own for that.
        ProgramRun agent = place.StartClient("agent", "--verbose", "--name", "a", "--server", nobody);
        for (int i = 0; i < 3; i++)
            await agent.ReadErrorsUntilAsync("nobody listens there"); // What an error needs is loaded by now.

        agent.LimitFiles(3);
        await agent.ReadErrorsUntilAsync("Too many open files");
        agent.LimitFiles(1024);

        await agent.ReadErrorsUntilAsync("nobody listens there");
    }
}
