#if TRUSTRPC_API
using System.Diagnostics;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Report;
using TrustRpc.Benchmarks.Workloads;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>One page out of a hundred thousand known clients, asked for by a client.</summary>
internal sealed class KnownClientsWorkload() : Workload("m5")
{
    private const int Known = 100_000;
    private const int Calls = 200;

    internal override IEnumerable<Row> Run(RunOptions options)
    {
        foreach (string store in (string[])["memory", "file"])
        {
            foreach (Row row in RunAsync(store).GetAwaiter().GetResult())
            {
                yield return row;
            }
        }
    }

    private static async Task<Row[]> RunAsync(string store)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("trustrpc-");
        using ChildProcess server = new(false, "role:managed", directory.FullName);
        var before = server.Ask<ProcessMemory>("memory");
        string address = server.Ask("serve", $"{store} {Known}");
        double bytes = server.Ask<ProcessMemory>("memory").Managed - before.Managed;
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(Secret.Shared), ClientId = "boss" });
        ManagementClient management = new(client);
        List<double> times = [];
        for (int i = 0; i < 2 * Calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ClientList list = await management.ListClientsAsync(i * 7 % (Known / 50));
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (list.Clients.Count != 50 || list.Total != Known + 1)
            {
                throw new InvalidOperationException($"{list.Clients.Count} of {list.Total} clients were listed.");
            }

            if (i >= Calls)
            {
                times.Add(time);
            }
        }

        directory.Delete(recursive: true);
        double median = times.Median();
        return
        [
            new Row($"M5 a page of {Known:#,0} known clients, {store}", Table.Nothing, $"{median:0.000} ms", Table.Nothing, Target.Ceiling(2, null, "{0} ms"), median),
            new Row($"M5 a known client: server's managed heap, {store}", Table.Nothing, $"{bytes / Known:#,0} B", Table.Nothing, Target.None, null),
        ];
    }
}
#endif
