namespace TrustRpc.Tests.Support;

/// <summary>A directory of its own for the programs of one test, with a secret of its own, and a watch that the secret is printed nowhere.</summary>
internal sealed class Workplace : IAsyncDisposable
{
    private const string Server = "TrustRpc.Server";
    private const string Client = "TrustRpc.Client";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");
    private readonly List<ProgramRun> _runs = [];

    public Workplace() => Environment = new() { ["TRUST_ID"] = Secret, ["XDG_RUNTIME_DIR"] = _directory.FullName, ["XDG_STATE_HOME"] = _directory.FullName };

    public string Secret { get; } = TrustId.Generate().ExportSecretText();

    /// <summary>What processes that start from now on get in addition.</summary>
    public Dictionary<string, string> Environment { get; }

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public ProgramRun StartServer(params ReadOnlySpan<string> words) => Start(Repository.Program(Server), words);

    public ProgramRun StartClient(params ReadOnlySpan<string> words) => Start(Repository.Program(Client), words);

    public ProgramRun Start(string assembly, params ReadOnlySpan<string> words)
    {
        var run = ProgramRun.Start(_directory.FullName, Environment, [assembly, .. words]);
        _runs.Add(run);
        return run;
    }

    /// <summary>Starts any program in this place.</summary>
    public ProgramRun StartProgram(string program, params ReadOnlySpan<string> words)
    {
        var run = ProgramRun.StartProgram(program, _directory.FullName, Environment, words);
        _runs.Add(run);
        return run;
    }

    /// <summary>Starts a server of the test's own in this process, with the secret of this place.</summary>
    public async Task<RpcServer> ServeHereAsync(string socket, Action<RpcServices> add, Action<RpcServerOptions>? set = null)
    {
        RpcServerOptions options = new() { TrustId = TrustId.Parse(Secret) };
        set?.Invoke(options);
        RpcServer server = new(options);
        add(server.Services);
        await server.StartAsync("unix://" + PathOf(socket));
        Environment["TRUSTRPC_SERVER"] = "unix://" + PathOf(socket);
        return server;
    }

    /// <summary>Starts a script of the samples; what Python makes of it is not left behind among the sources.</summary>
    public ProgramRun StartPython(string script, params ReadOnlySpan<string> words)
    {
        Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        Environment["PYTHONIOENCODING"] = "utf-8";
        var run = ProgramRun.StartProgram(PythonTheoryAttribute.Program, _directory.FullName, Environment, [Repository.PathOf("samples", "python", script), .. words]);
        _runs.Add(run);
        return run;
    }

    public Task<ProgramResult> RunServerAsync(params ReadOnlySpan<string> words) => EndAsync(StartServer(words));

    public Task<ProgramResult> RunClientAsync(params ReadOnlySpan<string> words) => EndAsync(StartClient(words));

    /// <summary>Starts a server on one address and returns where it really listens.</summary>
    public async Task<(ProgramRun Server, string Address)> ServeAsync(string listen, params string[] more)
    {
        ProgramRun server = StartServer(["--listen", listen, .. more]);
        string line = await server.ReadUntilAsync("Serving on ");
        return (server, line["Serving on ".Length..]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ProgramRun run in _runs)
        {
            await run.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    private async Task<ProgramResult> EndAsync(ProgramRun run)
    {
        run.EndInput();
        ProgramResult result = await run.EndAsync();
        Assert.DoesNotContain(Secret, result.Output + result.Errors, StringComparison.Ordinal);
        return result;
    }
}
