using System.Diagnostics;
using System.Globalization;
using TrustRpc.Programs;

namespace TrustRpc.Client.Demo;

/// <summary>What the demonstration prints: one line for each thing that it shows, with a mark, what came out, and how long it took.</summary>
internal sealed class Report
{
    private const int StepWidth = 30;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Terminal _terminal = Terminal.Output;
    private int _transports;
    private int _shown;
    private int _failed;

    public void Title(string text) => Console.WriteLine(_terminal.Bold(text));

    public void Transport(RpcEndpoint endpoint)
    {
        _transports++;
        Section($"{endpoint}", About(endpoint));
    }

    public void Section(string heading, string about)
    {
        Console.WriteLine();
        Console.WriteLine($"{_terminal.Bold(heading)}  {_terminal.Dim(about)}");
    }

    /// <summary>Runs a step and prints its outcome; a step that throws has failed.</summary>
    /// <returns>Whether it went as it should.</returns>
    public async Task<bool> StepAsync(string step, Func<Task<string>> run)
    {
        long start = Stopwatch.GetTimestamp();
        bool done = true;
        string outcome;
        try
        {
            outcome = await run();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            done = false;
            outcome = e.Message;
        }

        Line(done, step, outcome, Stopwatch.GetElapsedTime(start));
        return done;
    }

    /// <summary>Prints the last line.</summary>
    /// <returns>Whether everything went as it should.</returns>
    public bool Finish()
    {
        string time = string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_start).TotalSeconds:0.0} s");
        string transports = _transports == 1 ? "1 transport" : $"{_transports} transports";
        Console.WriteLine();
        Console.WriteLine(_failed == 0
            ? _terminal.Green($"✓ {_shown} steps over {transports} went as they should, in {time}.")
            : _terminal.Red($"✗ {_failed} of {_shown} steps over {transports} did not go as they should."));
        return _failed == 0;
    }

    private static string About(RpcEndpoint endpoint) => endpoint.Transport switch
    {
        RpcTransport.Unix => "a Unix socket: the kernel keeps other users out",
        RpcTransport.Pipe => "a named pipe: for this user alone",
        RpcTransport.Tls => "TLS: the proofs cover the certificate, so a self-signed one is safe",
        _ when endpoint.Mode == HandshakeMode.Plain => "TCP as it is: only where nobody else can listen",
        _ => "TCP, encrypted and authenticated by the handshake",
    };

    private void Line(bool done, string step, string outcome, TimeSpan time)
    {
        _shown++;
        _failed += done ? 0 : 1;
        string mark = done ? _terminal.Green("✓") : _terminal.Red("✗");
        string took = string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds,6:0.0} ms");
        Console.WriteLine($"  {mark} {step.PadRight(StepWidth)}{_terminal.Dim(took)}   {Run.OneLine(outcome)}");
    }
}
