using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Compares the server's clock with this machine's, as closely as the way to it lets.</summary>
internal static class ClockCheck
{
    private const string Name = "clock";
    private const int Tries = 5;

    private static readonly TimeSpan Tolerable = TimeSpan.FromSeconds(2);

    /// <param name="client">A connection that has answered already.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Finding> RunAsync(RpcClient client, CancellationToken cancellationToken)
    {
        // The quickest answer tells most: it may have been given at any moment on its way.
        (TimeSpan Ahead, TimeSpan Way)? best = null;
        for (int i = 0; i < Tries; i++)
        {
            DateTimeOffset asked = DateTimeOffset.UtcNow;
            long start = Stopwatch.GetTimestamp();
            if (await AskAsync(client, cancellationToken) is not { } theirs)
            {
                return Finding.Skipped(Name, "not compared: the server does not tell its time, being of an earlier version or another library; calls do not depend on it");
            }

            TimeSpan way = Stopwatch.GetElapsedTime(start);
            if (best is null || way < best.Value.Way)
            {
                best = (theirs - (asked + way / 2), way);
            }
        }

        return Judge(best!.Value.Ahead, best.Value.Way);
    }

    private static Finding Judge(TimeSpan ahead, TimeSpan way)
    {
        TimeSpan apart = ahead.Duration();
        string exactly = string.Create(CultureInfo.InvariantCulture, $"(±{Math.Max(1, way.TotalMilliseconds / 2):0} ms)");
        return apart - way / 2 <= Tolerable
            ? Finding.Ok(Name, string.Create(CultureInfo.InvariantCulture, $"the server's is {Math.Round(apart.TotalMilliseconds):0} ms {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} this machine's {exactly}"))
            : Finding.Warning(
                Name,
                $"the server's is {Text(apart)} {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} this machine's {exactly}",
                "Calls and deadlines do not depend on it, but times in logs, traces and events cannot be compared, and certificates and tokens may count as expired: have both clocks set by NTP (timedatectl; Windows: w32tm /query /status).");
    }

    private static string Text(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => $"{(int)time.TotalDays} days",
        { TotalHours: >= 2 } => $"{(int)time.TotalHours} hours",
        { TotalMinutes: >= 2 } => $"{(int)time.TotalMinutes} minutes",
        _ => $"{(int)time.TotalSeconds} s",
    };

    private static async Task<DateTimeOffset?> AskAsync(RpcClient client, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement answer = await client.CallAsync<JsonElement>("rpc.ping", new { time = true }, cancellationToken: cancellationToken);
            return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("time", out JsonElement time) && time.ValueKind == JsonValueKind.Number && time.TryGetInt64(out long milliseconds)
                ? DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()))
                : null;
        }
        catch (RpcCallException e) when (e.Code is RpcErrorCode.MethodNotFound or RpcErrorCode.InvalidParams)
        {
            return null;
        }
    }
}
