using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace TrustRpc.Tests.Support;

/// <summary>A process as a user starts it. Waiting is for lines and for the end, under one generous deadline; disposal kills what is left.</summary>
internal sealed partial class ProgramRun : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    private const int OpenFiles = 7; // RLIMIT_NOFILE on Linux.

    /// <summary>The process goes on existing and does nothing.</summary>
    public static readonly int Stop = OperatingSystem.IsMacOS() ? 17 : 19;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(120);

    private const nint Default = 0;
    private const nint Ignored = 1;

    private readonly Process _process;
    private readonly CancellationTokenSource _deadline = new(s_deadline);
    private readonly ProgramLines _output;
    private readonly ProgramLines _errors;

    // Shells have what they start in the background ignore an interrupt, and whatever that starts: these tests, and the programs under test, who are to be interrupted.
    static ProgramRun()
    {
        if (!OperatingSystem.IsWindows() && Handle(Interrupt, Default) is var handler and not Ignored)
        {
            Handle(Interrupt, handler);
        }
    }

    private ProgramRun(Process process)
    {
        _process = process;
        _output = new ProgramLines(process.StandardOutput);
        _errors = new ProgramLines(process.StandardError);
    }

    /// <summary>Starts <c>dotnet</c> with the words, in a directory and with an environment of its own.</summary>
    public static ProgramRun Start(string directory, IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> words)
        => StartProgram(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", directory, environment, words);

    /// <summary>Starts any program so.</summary>
    public static ProgramRun StartProgram(string program, string directory, IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> words)
    {
        ProcessStartInfo start = new(program, words.ToArray())
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string ours in (string[])["TRUST_ID", "TRUST_ID_PREVIOUS", "TRUSTRPC_SERVER", "NO_COLOR"])
        {
            start.Environment.Remove(ours);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ProgramRun(Process.Start(start)!);
    }

    /// <summary>Waits for the line of standard output that begins so, after those that were waited for before.</summary>
    public Task<string> ReadUntilAsync(string beginning) => _output.WaitAsync(line => line.StartsWith(beginning, StringComparison.Ordinal), beginning, _deadline.Token);

    /// <summary>Waits for the line of standard error that holds the text.</summary>
    public Task<string> ReadErrorsUntilAsync(string text) => _errors.WaitAsync(line => line.Contains(text, StringComparison.Ordinal), text, _deadline.Token);

    public async Task TypeAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), _deadline.Token);
        await _process.StandardInput.FlushAsync(_deadline.Token);
    }

    public void EndInput() => _process.StandardInput.Close();

    public void Signal(int signal) => Assert.Equal(0, Send(_process.Id, signal));

    /// <summary>Lets the process have so many descriptors and no more, from outside; Linux alone.</summary>
    public void LimitFiles(ulong most)
    {
        Span<ulong> softAndHard = [0, 0];
        Assert.Equal(0, GetLimit(_process.Id, OpenFiles, 0, ref softAndHard[0]));
        softAndHard[0] = Math.Min(most, softAndHard[1]);
        Assert.Equal(0, SetLimit(_process.Id, OpenFiles, ref softAndHard[0], 0));
    }

    /// <summary>Waits for the end.</summary>
    public async Task<ProgramResult> EndAsync()
    {
        await _process.WaitForExitAsync(_deadline.Token);
        return new ProgramResult(_process.ExitCode, await _output.AllAsync(), await _errors.AllAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _deadline.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);

    [LibraryImport("libc", EntryPoint = "prlimit64")]
    private static partial int GetLimit(int process, int resource, nint none, ref ulong softAndHard);

    [LibraryImport("libc", EntryPoint = "prlimit64")]
    private static partial int SetLimit(int process, int resource, ref ulong softAndHard, nint none);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Handle(int signal, nint handler);
}
