using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Serving;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>serve</c>: a server of shell commands and prepared answers, for trying out clients.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Description => new("serve", "Serves shell commands or prepared answers, to try out clients")
    {
        Options =
        [
            new("--method", "NAME=COMMAND", "a method whose result is what the command prints") { MayRepeat = true },
            new("--stream", "NAME=COMMAND", "a method that streams the lines that the command prints") { MayRepeat = true },
            new("--fixtures", "DIR", "a directory of answers: NAME.json is the result of the method NAME, NAME.error.json its error, NAME.jsonl its stream") { Completion = Completion.Files },
            .. ListenOption.All($"{DefaultEndpoints.Tcp} and a Unix socket, where clients look by default"),
            new("--drain", "SECONDS", "how long running calls may go on after the first Ctrl+C or SIGTERM") { Default = "25" },
            new("--verbose", null, "log every call"),
        ],
        Notes =
        [
            "A command gets the arguments of the call as data, never as a part of its text: by position as $1, $2, ... and ARG_1, ARG_2, ..., by name as ARG_name, and all of them "
                + "as JSON on standard input; $0 and TRUSTRPC_METHOD are the method. A text is passed as it is, anything else as JSON. TRUST_ID is not passed on. What it prints "
                + "is the result: JSON, or else a text. An exit code other than 0 is an error, with the last lines of standard error. A call that is given up, or has no time left, "
                + "ends the command with all that it started.",
            "Write \"$1\", with the quotation marks, and put -- before it where a program would take it for an option.",
            "Files are read at each call; new ones are there within a second. An error is {\"code\": NUMBER, \"message\": TEXT, \"data\": ANY}.",
        ],
        ExitCodes = ExitMeaning.OfServing,
        Examples =
        [
            "trustrpc serve --method 'date=date -u' --method 'greet=echo \"Hello, $1!\"'",
            "trustrpc serve --fixtures answers --listen unix:try.sock --verbose",
            "trustrpc serve --stream 'log=tail -n 100 -f app.log'",
        ],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        var listen = ListenOptions.Read(arguments, [DefaultEndpoints.Tcp, DefaultEndpoints.Unix]);
        using StopSignals signals = new();
        using RpcConsoleLog log = ConsoleLog.Open(arguments.Has("--verbose"));
        using ServerCertificate? certificate = listen.LoadCertificate();
        RpcServerOptions options = listen.ToServerOptions(certificate);
        if (arguments.One("--drain") is { } drain)
        {
            options.DrainTimeout = Seconds.Read("--drain", drain, orZero: true);
        }

        await using RpcServer server = new(options);
        Fixtures? fixtures = arguments.One("--fixtures") is { } directory ? new Fixtures(directory) : null;
        AddMethods(server.Services, arguments);
        fixtures?.AddNewTo(server.Services, Console.Error.WriteLine);
        await ListenOptions.StartAsync(server, listen.Endpoints, signals.Token);
        foreach (RpcEndpoint endpoint in server.Endpoints)
        {
            StandardStreams.Tell($"Serving on {endpoint}");
        }

        Task stop = signals.Waiting();
        while (await Task.WhenAny(stop, Task.Delay(fixtures is null ? Timeout.InfiniteTimeSpan : Look, signals.Token)) != stop && !stop.IsCompleted)
        {
            fixtures?.AddNewTo(server.Services, Console.Error.WriteLine);
        }

        StandardStreams.Tell($"Stopping: running calls have {options.DrainTimeout.TotalSeconds} s. A second signal ends them at once.");
        await server.StopAsync();
        StandardStreams.Tell("Stopped.");
        return ExitCode.Done;
    }

    private static void AddMethods(RpcServices services, Arguments arguments)
    {
        string[] methods = arguments.All("--method");
        string[] streams = arguments.All("--stream");
        if (methods.Length + streams.Length == 0 && arguments.One("--fixtures") is null)
        {
            throw new UsageException("serve needs something to serve: --method NAME=COMMAND, --stream NAME=COMMAND or --fixtures DIR. See serve --help.");
        }

        try
        {
            foreach (string method in methods)
            {
                var shell = ShellMethod.Parse("--method", method);
                services.Add(shell.Name, shell.CallAsync);
            }

            foreach (string stream in streams)
            {
                var shell = ShellMethod.Parse("--stream", stream);
                services.Add(shell.Name, shell.StreamAsync);
            }
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
