using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class DemonstrationTests
{
    private const int Steps = 17;
    private const int ReconnectSteps = 5;
    private const int ManagementSteps = 8;

    [Fact]
    public async Task It_needs_no_secret_and_shows_every_transport_and_every_error_and_all_goes_well()
    {
        await using Workplace place = new();
        place.Environment.Remove("TRUST_ID");

        string output = (await place.RunClientAsync()).Ended(0).Output;

        foreach (string transport in (string[])["unix:///", "tcp://127.0.0.1:", "?mode=plain", "tls://127.0.0.1:", "pipe://./"])
        {
            Assert.Contains(transport, output, StringComparison.Ordinal);
        }

        foreach (string error in (string[])["MethodNotFound", "InvalidParams", "ApplicationError", "DeadlineExceeded", "TRUST_ID differs"])
        {
            Assert.Equal(5, output.Split(error).Length - 1);
        }

        Assert.Equal((5 * Steps) + ReconnectSteps + ManagementSteps, output.Split("\n  ✓ ").Length - 1);
        Assert.Contains("Reconnecting: the peer is going away", output, StringComparison.Ordinal);
        Assert.Contains("run_report: 3 of 3 clients succeeded.", output, StringComparison.Ordinal);
        Assert.Contains("✓ an agent's process is killed", output, StringComparison.Ordinal);
        Assert.Matches("lab-pc-3 is process (\\d+),(.|\n)*process \\1 is gone → client_disconnected (.|\n)*it is process (?!\\1 )\\d+ now → client_connected ", output);
        Assert.DoesNotContain("✗", output, StringComparison.Ordinal);
        Assert.DoesNotContain("tr1_", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_runs_against_a_server_that_is_named()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        string output = (await place.RunClientAsync("--server", address)).Ended(0).Output;

        Assert.Equal(Steps, output.Split("\n  ✓ ").Length - 1);
    }

    [Fact]
    public async Task It_says_what_went_wrong_and_ends_with_a_failure_where_nobody_is_there()
    {
        await using Workplace place = new();

        string output = (await place.RunClientAsync("--server", "unix:nobody.sock")).Ended(1).Output;

        Assert.Contains("✗ connect", output, StringComparison.Ordinal);
        Assert.Contains("is the server running?", output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task An_interrupt_ends_it_in_order_and_leaves_nothing_behind()
    {
        await using Workplace place = new();
        place.Environment["TMPDIR"] = Directory.CreateDirectory(place.PathOf("t")).FullName;
        ProgramRun run = place.StartClient();
        await run.ReadUntilAsync("  ✓ connect");

        run.Signal(ProgramRun.Interrupt);

        ProgramResult result = (await run.EndAsync()).Ended(130);
        Assert.DoesNotContain("Exception", result.Output + result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.PathOf("t"), "trustrpc*"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.PathOf("t"), "CoreFxPipe_trustrpc*"));
    }
}
