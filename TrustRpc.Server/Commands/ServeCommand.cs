using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary>Without a sub-command: serves the demonstration's methods until it is told to stop.</summary>
internal static class ServeCommand
{
    private const string DefaultKeepAlive = "15";
    private const int LongestKeepAlive = 24 * 60 * 60;

    private static string Help => $"""
        TrustRpc.Server serves the methods of the demonstration to everyone who holds the same TRUST_ID.

        Usage:  dotnet run --project TrustRpc.Server [-- OPTIONS]
                dotnet run --project TrustRpc.Server -- keygen | chat [OPTIONS]

        {ListenOptions.Help}
          --keep-alive S    ping clients that have been silent for so many seconds; given up after as many again
                            (default 15, 0 = never)
          --audit           log who connected from where, and who called what
          --drain SECONDS   how long running calls may go on after the first Ctrl+C or SIGTERM; default: 25

        Sub-commands, each with --help:
          keygen            print a fresh TRUST_ID as a line for .env
          chat              relay lines of text between clients, without RPC

        Methods:  greet(name)  add(a, b)  echo(value)  long_running_task(seconds)  fail(message)
                  ask_back(question)  greeter.Greet(name)  greeter.Count()  work(steps, progress)
        Streams:  count(n)  sum(numbers)  running_total(numbers)

        The secret is the variable TRUST_ID, else the same name in the nearest .env. TRUST_ID_PREVIOUS is accepted as well.
        "Serving on" goes to standard output, the log to standard error. Ctrl+C or SIGTERM ends it in order: no new calls, running ones
        have the time of --drain, then they are cancelled. A second one ends it at once.
        Exit codes:  0 ended in order  2 wrong usage, no usable secret, or an address that cannot be listened on

        Example:
          dotnet run --project TrustRpc.Server -- --listen tcp://127.0.0.1:9000 --listen unix:demo.sock --verbose
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, [.. ListenOptions.Names, "--keep-alive", "--drain"], [.. ListenOptions.Flags, "--audit"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        var options = ListenOptions.Read(arguments, [DefaultEndpoints.Tcp, DefaultEndpoints.Unix]);
        using StopSignals signals = new();
        using ConsoleLog log = new(arguments.Has("--verbose"), arguments.Has("--audit"));
        using X509Certificate2? certificate = options.LoadCertificate();
        RpcServerOptions serverOptions = options.ToServerOptions(certificate);
        if (arguments.One("--drain") is { } drain)
        {
            serverOptions.DrainTimeout = Seconds.Read("--drain", drain, orZero: true);
        }

        serverOptions.KeepAlive = KeepAlive(arguments);
        await using RpcServer server = new(serverOptions);
        DemoMethods.AddTo(server.Services);
        await StartAsync(server, options.Endpoints, signals.Token);
        foreach (RpcEndpoint endpoint in server.Endpoints)
        {
            Console.WriteLine($"Serving on {endpoint}");
        }

        await signals.Waiting();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Stopping: running calls have {serverOptions.DrainTimeout.TotalSeconds} s. A second signal ends them at once."));
        await server.StopAsync();
        Console.WriteLine("Stopped.");
        return ExitCode.Done;
    }

    private static TimeSpan KeepAlive(Arguments arguments)
    {
        string seconds = arguments.One("--keep-alive") ?? DefaultKeepAlive;
        return double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value <= LongestKeepAlive
            ? TimeSpan.FromMilliseconds(Math.Round(1000 * value))
            : throw new UsageException($"--keep-alive takes seconds from 0 to {LongestKeepAlive}, not '{seconds}'.");
    }

    // An address that cannot be listened on is a matter of how the program was started.
    private static async Task StartAsync(RpcServer server, IReadOnlyList<RpcEndpoint> endpoints, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(endpoints, cancellationToken);
        }
        catch (RpcConnectionException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
