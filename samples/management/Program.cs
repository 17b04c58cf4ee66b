using TrustRpc;
using TrustRpc.Management;

Dictionary<string, string> schedule = new() { ["monday"] = "Chemistry", ["tuesday"] = "Physics" };

await using RpcServer server = new();
server.AddManagement(new ManagementOptions { Store = new FileClientStore("clients.jsonl") });
await server.StartAsync("unix:managed.sock");

server.Events.Publish("schedule_update", new { room = "A1" });

RpcClientOptions options = new() { ClientId = "lab-pc-7", ClientName = "Laboratory 7", Reconnect = new RpcReconnectOptions() };
options.Commands.Add("get_schedule", (ScheduleQuery query) => schedule[query.Day]);
options.Commands.Add("run_report", async (ReportOrder order, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
{
    for (int page = 1; page <= order.Pages; page++)
    {
        await Task.Delay(1, cancellationToken); // Printing it.
        progress?.Report(page);
    }

    return $"{order.Pages} pages";
});
await using RpcClient client = await RpcClient.ConnectAsync(["unix:managed.sock"], options);

ManagementClient management = new(client);
ClientList list = await management.ListClientsAsync(online: true, nameContains: "lab");
string lesson = await management.SendCommandAsync<string>("lab-pc-7", "get_schedule", new { day = "monday" });
FanOutResult<string> reports = await management.SendCommandToAllAsync<string>("run_report", new { pages = 2 });
Console.WriteLine($"{list.Total} client, {lesson}, {reports.Results[0].Result}");

// Until the subscription is there, so that it hears of one.
using Timer updates = new(_ => server.Events.Publish("schedule_update", new { room = "A2" }), null, 0, 10);

await foreach (ServerEvent e in management.SubscribeAsync(["client_*", "schedule_update"], resume: true))
{
    Console.WriteLine($"{e.EventType} {e.Payload}");
    break; // Ends the subscription.
}

internal sealed record ScheduleQuery(string Day);

internal sealed record ReportOrder(int Pages);
