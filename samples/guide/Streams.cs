using System.Runtime.CompilerServices;
using TrustRpc;

namespace Guide;

internal static class Streams
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new();
        server.Services.Add("ticks", TicksAsync);
        server.Services.Add("import", async (IAsyncEnumerable<string> lines, IProgress<int> progress, CancellationToken cancellationToken) =>
        {
            int count = 0;
            await foreach (string line in lines.WithCancellation(cancellationToken))
            {
                progress.Report(++count);
            }

            return count;
        });
        await server.StartAsync("unix:guide-streams.sock");
        await using RpcClient client = await RpcClient.ConnectAsync("unix:guide-streams.sock");

        await foreach (int tick in client.StreamAsync<int>("ticks"))
        {
            if (tick == 3)
            {
                break; // Ends the server's side too.
            }
        }

        string[] lines = ["one", "two"];
        Progress<int> progress = new(count => { });
        Console.WriteLine(await client.CallAsync<int>("import", [lines.ToAsyncEnumerable(), progress]));
    }

    private static async IAsyncEnumerable<int> TicksAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 1; ; i++)
        {
            yield return i;
            await Task.Delay(1, cancellationToken);
        }
    }
}
