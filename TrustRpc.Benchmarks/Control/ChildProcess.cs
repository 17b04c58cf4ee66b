using System.Diagnostics;
using System.Text.Json;

namespace TrustRpc.Benchmarks.Control;

/// <summary>This program once more, in another process, told what to do through its standard input.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    internal ChildProcess(bool pinned, params ReadOnlySpan<string> arguments)
    {
        var start = StartInfo(arguments);
        start.RedirectStandardInput = true;
        _process = pinned ? Affinity.StartOnOneCore(start) : Process.Start(start)!;
    }

    internal static ProcessStartInfo StartInfo(params ReadOnlySpan<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known; start it with 'dotnet run'.");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "TrustRpc.Benchmarks.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment[Secret.Variable] = Secret.Shared;
        return start;
    }

    internal string Ask(string verb, string argument = "")
    {
        _process.StandardInput.WriteLine($"{verb} {argument}");
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The child process ended while it was asked to '{verb}'.");
        return answer.StartsWith(ControlLoop.ErrorPrefix, StringComparison.Ordinal)
            ? throw new InvalidOperationException($"The child process could not '{verb} {argument}': {answer[ControlLoop.ErrorPrefix.Length..]}")
            : answer;
    }

    internal T Ask<T>(string verb, string argument = "") => JsonSerializer.Deserialize<T>(Ask(verb, argument))!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
