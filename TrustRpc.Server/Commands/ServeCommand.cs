using System.Globalization;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary>Without a sub-command: serves the demonstration's methods until it is told to stop.</summary>
internal static class ServeCommand
{
    private static string Help => $"""
        TrustRpc.Server serves the methods of the demonstration to everyone who holds the same TRUST_ID.

        Usage:  dotnet run --project TrustRpc.Server [-- OPTIONS]
                dotnet run --project TrustRpc.Server -- keygen | chat [OPTIONS]

        {ListenOptions.Help}
          --keep-alive SECONDS
                            ping clients that have been silent for so long, give them up after as long again;
                            default: 15, 0 = never
          {ClientsFile.Help}
          --drain SECONDS   how long running calls may go on after the first Ctrl+C or SIGTERM; default: 25
          --stats           let every client read the server's figures (TrustRpc.Client -- top)
          --audit           log who connected from where, and who called what

        Sub-commands, each with --help:
          keygen            print a fresh TRUST_ID as a line for .env
          chat              relay lines of text between clients, without RPC

        Methods:  greet(name)  add(a, b)  echo(value)  long_running_task(seconds)  fail(message)
                  ask_back(question)  greeter.Greet(name)  greeter.Count()  work(steps, progress)
        Streams:  count(n)  sum(numbers)  running_total(numbers)
        Management:  ListClients  ForgetClient  SendCommand  StreamSync  Subscribe

        The secret is the variable TRUST_ID, else the same name in the nearest .env. TRUST_ID_PREVIOUS is accepted as well.
        "Serving on" goes to standard output, the log to standard error. Ctrl+C or SIGTERM ends it in order: no new calls, running ones
        have the time of --drain, then they are cancelled. A second one ends it at once.
        Exit codes:  0 ended in order  2 wrong usage, no usable secret, or an address that cannot be listened on

        Example:
          dotnet run --project TrustRpc.Server -- --listen tcp://127.0.0.1:9000 --listen unix:demo.sock --verbose
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, [.. ListenOptions.Names, "--keep-alive", "--drain", "--clients"], [.. ListenOptions.Flags, "--audit", "--stats"], repeatable: ListenOptions.Repeatable);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        var options = ListenOptions.Read(arguments, [DefaultEndpoints.Tcp, DefaultEndpoints.Unix]);
        using StopSignals signals = new();
        using RpcConsoleLog log = ConsoleLog.Open(arguments.Has("--verbose"), arguments.Has("--audit"));
        using ServerCertificate? certificate = options.LoadCertificate();
        RpcServerOptions serverOptions = options.ToServerOptions(certificate);
        if (arguments.One("--drain") is { } drain)
        {
            serverOptions.DrainTimeout = Seconds.Read("--drain", drain, orZero: true);
        }

        serverOptions.AllowStatistics = arguments.Has("--stats") ? static _ => true : null;
        if (arguments.One("--keep-alive") is { } keepAlive)
        {
            serverOptions.KeepAlive = Seconds.Read("--keep-alive", keepAlive, orZero: true);
        }

        await using RpcServer server = new(serverOptions);
        DemoMethods.AddTo(server.Services);
        (IClientStore store, string? remark) = await ClientsFile.OpenAsync(arguments.One("--clients"));
        server.AddManagement(new ManagementOptions { Store = store })
            .StoreFailed += (_, e) => Console.Error.WriteLine($"The clients could not be saved, which is tried again: {Run.OneLine(e.GetException().Message)}");
        await ListenOptions.StartAsync(server, options.Endpoints, signals.Token);
        foreach (RpcEndpoint endpoint in server.Endpoints)
        {
            StandardStreams.Tell($"Serving on {endpoint}");
        }

        if (remark is not null)
        {
            Console.Error.WriteLine(remark);
        }

        await signals.Waiting();
        StandardStreams.Tell(string.Create(
            CultureInfo.InvariantCulture, $"Stopping: running calls have {serverOptions.DrainTimeout.TotalSeconds} s. A second signal ends them at once."));
        await server.StopAsync();
        StandardStreams.Tell("Stopped.");
        return ExitCode.Done;
    }
}
