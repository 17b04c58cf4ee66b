using System.Text;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Doctor;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>doctor</c>: everything between this program and an answer, one thing at a time, and what to do where it fails.</summary>
internal static class DoctorCommand
{
    private const int Column = 14;

    public static Command Description => new("doctor", "Checks one thing at a time why a server cannot be called")
    {
        Operands = [new("URI", "the server, as with --server", IsOptional: true)],
        Options =
        [
            Option.Server,
            new("--strict", null, "count a warning as a failure"),
            new("--json", null, "print one JSON object"),
        ],
        Notes =
        [
            "The secret and where it is from, its fingerprint, the address, name and port, or socket file with its owner and permissions, the handshake, what the two agreed on, the time that an answer takes, and how far the clocks are apart. "
                + "Nothing of the secret is shown but its fingerprint. The server's fingerprint is never sent: the handshake tells whether it is the same.",
            "The look at a port or a socket file is a connection of its own, which the server's log shows as one that left before the handshake.",
        ],
        ExitCodes = ExitMeaning.OfFinding,
        Examples = ["trustrpc doctor", "trustrpc doctor tcp://127.0.0.1:8888 --json"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        (RpcEndpoint server, string source, string? warning) = ServerAddress.Find(arguments, arguments.Values is [var uri] ? uri : null);
        using StopSignals signals = new();
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        List<Finding> findings = [];
        await foreach (Finding finding in Examination.RunAsync(server, source, warning, signals.Token))
        {
            findings.Add(finding);
            if (!arguments.Has("--json"))
            {
                Print(finding);
            }
        }

        int warnings = findings.Count(finding => finding.Mark == Mark.Warning);
        int failures = findings.Count(finding => finding.Mark == Mark.Failed);
        int code = findings.Find(finding => finding.Mark == Mark.Failed)?.ExitCode ?? (warnings > 0 && arguments.Has("--strict") ? ExitCode.MethodFailed : ExitCode.Done);
        if (arguments.Has("--json"))
        {
            Console.WriteLine(JsonLine.Of(new
            {
                server = server.ToString(),
                passed = code == ExitCode.Done,
                checks = findings.Select(finding => new { check = finding.Check, mark = Lower(finding.Mark), text = finding.Text, advice = finding.Advice }),
            }));
        }
        else
        {
            string warned = warnings == 0 ? "" : warnings == 1 ? ", with one warning" : $", with {warnings} warnings";
            Console.WriteLine("\n" + (failures == 0 ? $"Calls get through{warned}." : $"Calls do not get through{warned}."));
        }

        return code;
    }

    private static void Print(Finding finding)
    {
        Terminal terminal = Terminal.Output;
        string mark = finding.Mark switch
        {
            Mark.Ok => terminal.Green("✓"),
            Mark.Warning => terminal.Yellow("!"),
            Mark.Failed => terminal.Red("✗"),
            _ => terminal.Dim("-"),
        };
        string text = Name.Printable(finding.Text);
        Console.WriteLine($"{mark} {finding.Check,-Column}{(finding.Mark == Mark.Skipped ? terminal.Dim(text) : text)}");
        if (finding.Advice is { } advice)
        {
            Console.WriteLine(new string(' ', Column + 2) + terminal.Bold("→ " + Name.Printable(advice)));
        }
    }

    private static string Lower(Mark mark) => mark switch
    {
        Mark.Ok => "ok",
        Mark.Warning => "warning",
        Mark.Failed => "failed",
        _ => "skipped",
    };
}
