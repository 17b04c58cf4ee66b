using System.Diagnostics;
using System.Globalization;
using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Asks the server some times whether it is there, how long that takes, and on the same connection what time it is there.</summary>
internal static class RoundTripCheck
{
    private const string Name = "round trip";
    private const int Pings = 21;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> RunAsync(RpcEndpoint server, TrustId secret, CancellationToken cancellationToken)
    {
        double[] times = new double[Pings];
        Finding clock;
        try
        {
            await using RpcClient client = await RpcClient.ConnectAsync(server, new RpcClientOptions { TrustId = secret, CallTimeout = Patience }, cancellationToken);

            // The first one has everything on its way compiled.
            await PingAsync(client, cancellationToken);
            for (int i = 0; i < Pings; i++)
            {
                times[i] = await PingAsync(client, cancellationToken);
            }

            clock = await ClockCheck.RunAsync(client, cancellationToken);
        }
        catch (RpcException e)
        {
            string advice = e.Code == RpcErrorCode.DeadlineExceeded ? "The handshake went well, but calls are not answered: the server hangs, or is no server of calls ('chat', say)." : "The server's log says more.";
            return [Finding.Failed(Name, Run.OneLine(e.Message), advice, ExitCode.Of(e))];
        }

        Array.Sort(times);
        return
        [
            Finding.Ok(Name, string.Create(CultureInfo.InvariantCulture, $"{times[Pings / 2]:0.00} ms, the median of {Pings} pings ({times[0]:0.00} to {times[^1]:0.00} ms)")),
            clock,
        ];
    }

    private static async Task<double> PingAsync(RpcClient client, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await client.CallAsync("rpc.ping", cancellationToken: cancellationToken);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            // StreamJsonRpc answers so: a sign of life as good as any.
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
