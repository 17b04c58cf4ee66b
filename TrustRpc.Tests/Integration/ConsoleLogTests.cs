using System.Diagnostics.Tracing;
using TrustRpc.Diagnostics;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>The log that a program opens with one line. It shows every connection of the process, so nothing else runs meanwhile.</summary>
[Collection("Listeners")]
public sealed class ConsoleLogTests
{
    [Fact]
    public async Task One_line_shows_who_connects_and_the_exception_behind_an_error_id()
    {
        StringWriter output = new();
        string id;
        using (RpcConsoleLog log = new(output: output))
        {
            await using RpcPair pair = await RpcPair.OpenAsync("in memory");
            id = (await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Crash").InTime())).ErrorId!;
        }

        string[] lines = output.ToString().Split(Environment.NewLine);
        Assert.Contains(lines, line => line.Contains(" info  Connected: ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(" error 'Crash' failed unexpectedly", StringComparison.Ordinal) && line.Contains(id, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches(@"^(\d\d:\d\d:\d\d\.\d{3} (info |warn |error) |    |$)", line));
        Assert.DoesNotContain(lines, line => line.Contains(" call ", StringComparison.Ordinal) || line.Contains("Audit", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(EventLevel.Error, false, "error")]
    [InlineData(EventLevel.Warning, false, "error warn")]
    [InlineData(EventLevel.Informational, false, "error warn info")]
    [InlineData(EventLevel.Verbose, false, "error warn info call")]
    [InlineData(EventLevel.Error, true, "error audit")]
    [InlineData(EventLevel.Verbose, true, "error warn info call audit")]
    public async Task A_level_shows_what_it_says_and_the_audit_comes_with_any(EventLevel level, bool audit, string shown)
    {
        StringWriter output = new();
        using (RpcConsoleLog log = new(level, audit, output))
        {
            await using RpcPair pair = await RpcPair.OpenAsync("in memory");
            await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Crash").InTime());
            await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("noSuchMethod").InTime());
        }

        string[] lines = output.ToString().Split(Environment.NewLine);
        string[] seen = [.. ((string[])["error", "warn ", "info ", "call "]).Where(name => lines.Any(line => line.Length > 18 && line[13..18] == name && !line.Contains("Audit: ", StringComparison.Ordinal))).Select(name => name.Trim())];
        Assert.Equal(shown, string.Join(' ', lines.Any(line => line.Contains("Audit: ", StringComparison.Ordinal)) ? [.. seen, "audit"] : seen));
    }

    [Fact]
    public async Task That_a_caller_gives_up_or_leaves_is_told_among_the_calls_and_that_time_is_up_is_a_warning()
    {
        StringWriter output = new();
        ManualTimeProvider clock = new();
        using SemaphoreSlim ended = new(0);
        using (RpcConsoleLog log = new(EventLevel.Verbose, output: output))
        {
            await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.TimeProvider = clock);
            pair.Server.CallCompleted += (_, _) => ended.Release();
            using CancellationTokenSource givenUp = new();

            await EndsAsync<OperationCanceledException>(new RpcCallOptions(), givenUp.CancelAsync, givenUp);
            await EndsAsync<RpcCallException>(new RpcCallOptions { Timeout = TimeSpan.FromSeconds(10) }, () => Task.Run(() => clock.Advance(TimeSpan.FromSeconds(11))));
            await EndsAsync<RpcException>(new RpcCallOptions(), async () => await RpcPair.CloseAsync(pair.Client));

            async Task EndsAsync<T>(RpcCallOptions options, Func<Task> end, CancellationTokenSource? given = null)
                where T : Exception
            {
                Task<string> call = pair.Client.CallAsync<string>("WaitForCancellation", [], options, given?.Token ?? default).AsTask();
                await pair.Methods.EnteredAsync();
                await end();
                await Assert.ThrowsAnyAsync<T>(() => call.InTime());
                Assert.True(await ended.WaitAsync(Patience.Limit));
            }
        }

        string[] lines = output.ToString().Split(Environment.NewLine);
        Assert.Single(lines, line => line.Contains(" call  'WaitForCancellation' was given up for ", StringComparison.Ordinal) && line.Contains("was cancelled by its caller.", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains(" call  'WaitForCancellation' was given up for ", StringComparison.Ordinal) && line.Contains("the connection is closing.", StringComparison.Ordinal));
        Assert.Contains("The time for 'WaitForCancellation' was up", Assert.Single(lines, line => line.Contains(" warn ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_line_holds_the_secret_an_argument_or_a_result()
    {
        StringWriter output = new();
        TrustId secret;
        using (RpcConsoleLog log = new(EventLevel.Verbose, audit: true, output))
        {
            await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
            secret = pair.Secret;
            await pair.Client.CallAsync<string>("Greet", ["hunter2"]).InTime();
            await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Add", ["hunter2", 1]).InTime());
        }

        Assert.DoesNotContain("hunter2", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret.ExportSecretText(), output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_exception_says_can_neither_steer_a_terminal_nor_pass_for_a_line_of_the_log()
    {
        StringWriter output = new();
        using (RpcConsoleLog log = new(output: output))
        {
            await using RpcPair pair = await RpcPair.OpenAsync("in memory");
            pair.Server.Services.Add("forge", int () => throw new InvalidOperationException("no\r\n12:00:00.000 info  All is well.\e[2J"));
            await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("forge").InTime());
        }

        Assert.Contains($"{Environment.NewLine}    12:00:00.000 info  All is well.?[2J", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output.ToString());
    }

    [Fact]
    public async Task A_console_that_stands_still_holds_up_no_call_and_misses_what_is_too_much()
    {
        using StuckWriter output = new();
        using RpcConsoleLog log = new(EventLevel.Verbose, output: output);
        await using (RpcPair pair = await RpcPair.OpenAsync("in memory"))
        {
            await output.Entered.Task.InTime();
            for (int i = 0; i < LogLines.MostWaiting; i++)
                await pair.Client.CallAsync<int>("Add", [i, 1]).InTime();
        }

        output.Open.Set();
        log.Dispose();
        log.Dispose();

        Assert.Matches(@"\d+ further lines were left out: they came faster than they could be written\.", output.ToString());
        Assert.InRange(output.ToString().Split(Environment.NewLine).Length, LogLines.MostWaiting, LogLines.MostWaiting + 100);
    }

    [Fact]
    public async Task A_writer_that_throws_confuses_nobody()
    {
        StringWriter closed = new();
        await closed.DisposeAsync();
        using RpcConsoleLog log = new(output: closed);
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    private sealed class StuckWriter : StringWriter
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Open { get; } = new();

        public override void Write(string? value)
        {
            Entered.TrySetResult();
            Open.Wait();
            base.Write(value);
        }

        protected override void Dispose(bool disposing)
        {
            Open.Dispose();
            base.Dispose(disposing);
        }
    }
}
