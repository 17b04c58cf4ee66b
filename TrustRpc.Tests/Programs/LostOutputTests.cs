using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>Standard output and standard error that cannot be written: <c>/dev/full</c> is a full disk, <c>&gt;&amp;-</c> closes a stream before the program begins.</summary>
public sealed class LostOutputTests
{
    [LinuxTheory]
    [InlineData("call greet Ada")]
    [InlineData("stream count 500000")]
    [InlineData("methods")]
    [InlineData("openrpc")]
    [InlineData("clients")]
    [InlineData("ping -c 2")]
    [InlineData("keygen")]
    [InlineData("call --help")]
    public async Task A_full_disk_under_standard_output_is_an_error_of_its_own(string words)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock")).Address;

        (await RunAsync(place, $"{words} > /dev/full")).EndedWithOneLine(8, "Standard output cannot be written: No space left on device.");
    }

    [LinuxTheory]
    [InlineData("call greet Ada >&-")]
    [InlineData("stream count 3 >&-")]
    public async Task So_is_a_standard_output_that_was_closed(string words)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock")).Address;

        (await RunAsync(place, words)).EndedWithOneLine(8, "Standard output cannot be written");
    }

    [LinuxTheory]
    [InlineData("stream count 2000000000 | head -n 2")]
    [InlineData("shell < lines | head -n 2")]
    public async Task A_stream_that_nobody_reads_any_more_ends(string words)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock")).Address;
        await File.WriteAllTextAsync(place.PathOf("lines"), "count 2000000000\n");

        Assert.Equal("1\n2\n", (await RunAsync(place, words)).Ended(0).Output);
    }

    [LinuxTheory]
    [InlineData("top --interval 0.01 | head -n 1")]
    [InlineData("top --json --interval 0.01 | head -n 1")]
    [InlineData("clients --watch | head -n 1")]
    public async Task So_does_what_is_printed_again_and_again(string words)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock", "--stats")).Address;

        Assert.Single((await RunAsync(place, words)).Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [LinuxTheory]
    [InlineData("call nobody 2> /dev/full", 5)]
    [InlineData("call nobody 2>&-", 5)]
    [InlineData("call fail no 2>&-", 1)]
    public async Task Where_nobody_can_be_told_of_an_error_its_exit_code_is_the_same(string words, int exitCode)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock")).Address;

        (await RunAsync(place, words)).Ended(exitCode);
    }

    [LinuxTheory]
    [InlineData("> /dev/full 2>&1")]
    [InlineData(">&- 2>&-")]
    public async Task A_server_whose_log_cannot_be_written_serves_all_the_same(string log)
    {
        await using Workplace place = new();
        ProgramRun server = place.StartProgram("/bin/sh", "-c", $"exec dotnet '{Repository.Program("TrustRpc.Server")}' --listen unix:mute.sock {log}");
        await Patience.UntilAsync(() => File.Exists(place.PathOf("mute.sock")));

        Assert.Equal("\"Hello, Ada!\"\n", (await place.RunClientAsync("call", "greet", "Ada", "--server", "unix:mute.sock")).Ended(0).Output);

        server.Signal(ProgramRun.Terminate);
        (await server.EndAsync()).Ended(0);
    }

    [LinuxTheory]
    [InlineData("/dev/full")]
    public async Task A_recording_that_cannot_be_written_ends_and_its_clients_are_served_further(string file)
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:full.sock")).Address;
        ProgramRun record = place.StartClient("record", file, "--overwrite", "--listen", "unix:between.sock");
        await record.ReadUntilAsync("Recording on ");

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("\"Hello, Ada!\"\n", (await place.RunClientAsync("call", "greet", "Ada", "--server", "unix:between.sock")).Ended(0).Output);
        }

        record.Signal(ProgramRun.Interrupt);
        ProgramResult result = (await record.EndAsync()).Ended(0);
        Assert.Single(result.Errors.Split('\n'), line => line.Contains($"warning: {file} cannot be written: No space left on device", StringComparison.Ordinal));
        Assert.Contains("0 messages of 2 conversations are in /dev/full; there were more", result.Output, StringComparison.Ordinal);
    }

    private static async Task<ProgramResult> RunAsync(Workplace place, string words)
    {
        ProgramRun run = place.StartProgram("/bin/sh", "-c", $"exec dotnet '{Repository.Program("TrustRpc.Client")}' {words}");
        run.EndInput();
        return await run.EndAsync();
    }
}
