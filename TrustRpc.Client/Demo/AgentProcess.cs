using System.ComponentModel;
using System.Diagnostics;

namespace TrustRpc.Client.Demo;

/// <summary>
/// An agent in a process of its own, which is this program once more. It is killed, not stopped, and so when it is disposed. Where this process is killed itself, the agent's input ends
/// and the agent with it.
/// </summary>
internal sealed class AgentProcess : IDisposable
{
    private readonly Process _process;

    private AgentProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts an agent that connects to a server by itself. The secret is in its environment, where other users cannot read it.</summary>
    /// <returns>Null = this program cannot be started from itself.</returns>
    public static AgentProcess? TryStart(string name, string server, TrustId trustId)
    {
        if (Environment.ProcessPath is not { } program)
        {
            return null;
        }

        // The program may be the one that all .NET programs can be run by; then it is told which.
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, typeof(AgentProcess).Assembly.GetName().Name + ".dll")] : [];
        ProcessStartInfo start = new(program, [.. self, "agent", "--name", name, "--server", server, "--end-with-input"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TRUST_ID"] = trustId.ExportSecretText();
        try
        {
            Process process = Process.Start(start)!;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return new AgentProcess(process);
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Waits for what the process does, unless it ends before.</summary>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public async Task DoesAsync(Task what, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool done = await Task.WhenAny(what, _process.WaitForExitAsync(enough.Token)) == what;
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        await (done ? what : throw new InvalidOperationException($"The agent's process {Id} has ended."));
    }

    /// <summary>Ends it as kill -9 does: it can neither say nor save anything.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
