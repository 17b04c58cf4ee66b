using System.Diagnostics;
using System.Diagnostics.Tracing;
using TrustRpc;

namespace Guide;

internal static class Operation
{
    public static async Task RunAsync()
    {
        using RpcConsoleLog log = new();
        using OwnLog own = new();
        RpcServerOptions options = new()
        {
            MaxConnections = 200,
            DrainTimeout = TimeSpan.FromSeconds(20),
            AllowStatistics = peer => peer.Transport == RpcTransport.Unix, // Who reaches the socket file.
        };
        await using RpcServer server = new(options);
        await server.StartAsync("unix:operation.sock");

        // ... until the service is told to stop, then:
        await server.StopAsync();
        Console.WriteLine("Stopped.");
    }

    private sealed class OwnLog : EventListener
    {
        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "TrustRpc")
            {
                EnableEvents(source, EventLevel.Warning);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs entry)
            => Trace.WriteLine(string.Format(null, entry.Message ?? "", [.. entry.Payload ?? []]));
    }
}
