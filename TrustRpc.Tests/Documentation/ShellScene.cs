using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>What all lines of shell have in common: one server, and the commands <c>dotnet</c> and <c>trustrpc</c>, which run what these tests were built with.</summary>
public sealed class ShellScene : IAsyncLifetime
{
    // In the place of 'dotnet run' and of the tool: what these tests were built with, at addresses and for times that suit them.
    private const string Program = """
        #!/bin/sh
        name=$1; shift
        case "$name $*" in
            'TrustRpc.Server keygen'*) ;;
            'TrustRpc.Server chat'*) set -- "$@" --listen unix:chat.sock ;;
            'TrustRpc.Server'*) set -- "$@" --listen unix:default.sock --clients none ;;
            'TrustRpc.Client chat'*) set -- "$@" --server unix:chat.sock ;;
            *' --listen '*) ;;
            'TrustRpc.Client serve'*) set -- "$@" --listen unix:default.sock ;;
            'TrustRpc.Client bench'*' --duration '* | 'TrustRpc.Client ping'*' -c '*) ;;
            'TrustRpc.Client bench'*) set -- "$@" --duration 0.2 ;;
            'TrustRpc.Client ping'*) set -- "$@" -c 3 ;;
        esac
        last=
        for word do
            shift
            [ "$word" = tcp://127.0.0.1:8888 ] && word=$DOC_TCP
            [ "$last" = --duration ] && word=0.2
            last=$word
            set -- "$@" "$word"
        done
        exec "$DOC_DOTNET" "$DOC_ROOT/$name/bin/$DOC_CONFIGURATION/net10.0/$name.dll" "$@"
        """;

    private const string Dotnet = """
        #!/bin/sh
        [ "$1 $2" = 'run --project' ] || exec "$DOC_DOTNET" "$@"
        name=$3; shift 3
        [ "$1" = -- ] && shift
        exec program "$name" "$@"
        """;

    private const string Trustrpc = """
        #!/bin/sh
        exec program TrustRpc.Client "$@"
        """;

    private readonly Workplace _place = new();

    /// <summary>What a line needs in its environment to meet all of it.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_place.PathOf("bin"));
        foreach ((string name, string text) in ((string, string)[])[("program", Program), ("dotnet", Dotnet), ("trustrpc", Trustrpc)])
        {
            string path = _place.PathOf("bin/" + name);
            await File.WriteAllTextAsync(path, text.ReplaceLineEndings("\n") + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        ProgramRun server = _place.StartServer("--listen", "unix:server.sock", "--listen", "tcp://127.0.0.1:0", "--stats", "--clients", "none");
        await server.ReadUntilAsync("Serving on unix:");
        Environment["DOC_TCP"] = (await server.ReadUntilAsync("Serving on tcp:"))["Serving on ".Length..];
        Environment["DOC_DOTNET"] = System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        Environment["DOC_ROOT"] = Repository.Root;
        Environment["DOC_CONFIGURATION"] = Repository.Configuration;
        Environment["TRUST_ID"] = _place.Secret;
        Environment["TRUSTRPC_SERVER"] = "unix://" + _place.PathOf("server.sock");
        Environment["PATH"] = _place.PathOf("bin") + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH");
    }

    public async Task DisposeAsync() => await _place.DisposeAsync();
}
