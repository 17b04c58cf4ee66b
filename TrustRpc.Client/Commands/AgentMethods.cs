using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>The commands of an agent. Each says on its terminal that it runs.</summary>
internal sealed class AgentMethods
{
    private const int MostPages = 1000;

    private static readonly TimeSpan PageTime = TimeSpan.FromMilliseconds(50);
    private static readonly JsonElement Sample = JsonElement.Parse("""{"monday":["maths","music"],"tuesday":["history"],"friday":["physics","sports"]}""");

    private readonly JsonElement _schedule;
    private readonly Action<string> _say;

    /// <param name="scheduleFile">A JSON object with a member for each day; null = a sample.</param>
    /// <param name="say">Gets a line for each command.</param>
    /// <exception cref="UsageException">The file cannot be read, or is no such object.</exception>
    public AgentMethods(string? scheduleFile, Action<string> say)
    {
        _schedule = scheduleFile is null ? Sample : Read(scheduleFile);
        _say = say;
    }

    public void AddTo(ClientCommands commands) => commands
        .Add("ping", Ping)
        .Add("get_schedule", GetSchedule)
        .Add("run_report", RunReportAsync);

    private object Ping()
    {
        _say("ping");
        return new { pong = true, machine = Environment.MachineName, process = Environment.ProcessId };
    }

    private JsonElement GetSchedule(string? day = null)
    {
        _say($"get_schedule {Name.Printable(day ?? "")}".TrimEnd());
        if (day is null)
        {
            return _schedule;
        }

        return _schedule.TryGetProperty(day, out JsonElement lessons) ? lessons : throw new RpcException(RpcErrorCode.NotFound, $"There is no '{day}' in the schedule.");
    }

    private async Task<ReportResult> RunReportAsync(ReportOrder? order = null, IProgress<ReportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int pages = order?.Pages ?? 3;
        if (pages is not (>= 1 and <= MostPages))
        {
            throw new RpcException(RpcErrorCode.InvalidParams, $"'pages' must be from 1 to {MostPages}.");
        }

        for (int page = 1; page <= pages; page++)
        {
            await Task.Delay(PageTime, cancellationToken);
            progress?.Report(new ReportProgress(page, pages));
        }

        _say($"run_report {pages}");
        return new ReportResult(pages, "done");
    }

    private static JsonElement Read(string path)
    {
        try
        {
            var schedule = JsonElement.Parse(File.ReadAllBytes(path));
            return schedule.ValueKind == JsonValueKind.Object ? schedule : throw new UsageException($"--schedule {path}: that is no JSON object.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"--schedule {path}: that is no JSON (line {e.LineNumber + 1}); it should be an object with a member for each day.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--schedule {path} cannot be read: {FileReason.Of(e)}");
        }
    }

    private sealed record ReportOrder(int Pages = 3);

    private sealed record ReportProgress(int Page, int Of);

    private sealed record ReportResult(int Pages, string Status);
}
