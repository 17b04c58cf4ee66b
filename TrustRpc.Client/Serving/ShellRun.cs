using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Serving;

/// <summary>One run of a shell command. Disposing it ends what is left of it, with all that it has started.</summary>
internal sealed class ShellRun : IAsyncDisposable
{
    private const int MostAtOnce = 64;
    private const int MostErrorBytes = 4096;
    private const int MostErrorLines = 3;

    private static readonly SemaphoreSlim Places = new(MostAtOnce);

    private readonly string _method;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task _input;

    private ShellRun(string method, Process process, RpcArguments arguments)
    {
        _method = method;
        _process = process;
        _errors = OutputReader.LastAsync(process.StandardError.BaseStream, MostErrorBytes);
        _input = WriteAsync(process.StandardInput.BaseStream, arguments.Json);
    }

    /// <summary>What it prints.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts it once there is a place among those that run.</summary>
    public static async Task<ShellRun> StartAsync(string method, string command, RpcArguments arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = Describe(method, command, arguments);
        await Places.WaitAsync(cancellationToken);
        try
        {
            return new ShellRun(method, Process.Start(start)!, arguments);
        }
        catch (Exception e)
        {
            Places.Release();
            throw e is Win32Exception ? new RpcException($"The command of '{method}' cannot be started: {e.Message}") : e;
        }
    }

    /// <summary>Waits until it has ended.</summary>
    /// <exception cref="RpcException">It says that it has failed.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode == 0)
        {
            return;
        }

        string[] lines = (await _errors.WaitAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string said = string.Join("; ", lines.TakeLast(MostErrorLines).Select(Name.Printable));
        throw new RpcException(RpcErrorCode.ApplicationError, $"'{_method}' ended with exit code {_process.ExitCode}{(said.Length > 0 ? $": {said}" : ".")}")
        {
            ErrorData = JsonSerializer.SerializeToElement(new { exitCode = _process.ExitCode }),
        };
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile, or what it started has.
        }

        await _input;
        _process.Dispose();
        Places.Release();
    }

    private static ProcessStartInfo Describe(string method, string command, RpcArguments arguments)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new("cmd.exe") { Arguments = $"/d /s /c \"{command}\"" }
            : new("/bin/sh", ["-c", command, method, .. ShellArguments.Words(arguments)]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        foreach ((string name, string value) in ShellArguments.Variables(arguments))
        {
            start.Environment[name] = value;
        }

        start.Environment["TRUSTRPC_METHOD"] = method;

        // The secret is the server's, not its commands'.
        start.Environment.Remove("TRUST_ID");
        start.Environment.Remove("TRUST_ID_PREVIOUS");
        return start;
    }

    private static async Task WriteAsync(Stream input, JsonElement arguments)
    {
        try
        {
            await using (input)
            {
                await input.WriteAsync(Encoding.UTF8.GetBytes(arguments.GetRawText() + "\n"));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // A command need not read it.
        }
    }
}
