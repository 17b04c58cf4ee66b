using System.Diagnostics;
using TrustRpc.Management;
using Xunit.Abstractions;

namespace TrustRpc.IntegrationTests;

/// <summary>How long a page of 100,000 known clients takes in a real database: printed for <c>docs/PERFORMANCE.md</c>, and right whatever the time.</summary>
internal static class PageTimes
{
    private const int Known = 100_000;
    private const int Pages = 100;

    public static async Task PrintAsync(IClientStore store, string name, ITestOutputHelper output)
    {
        await store.OpenAsync();
        for (int start = 0; start < Known; start += 10_000)
        {
            await store.SaveAsync([.. Enumerable.Range(start, 10_000).Select(i => TrustRpc.Tests.Support.ClientStoreContract.Client($"{i:000000}", $"lab-pc-{i % 50_000:00000}", online: false))]);
        }

        output.WriteLine($"{name}: first page {await MedianAsync(store, 0):0.000} ms, one in the middle {await MedianAsync(store, Known / 2):0.000} ms, the last {await MedianAsync(store, Known - 50):0.000} ms");
    }

    private static async Task<double> MedianAsync(IClientStore store, int skip)
    {
        List<double> times = [];
        for (int i = 0; i < Pages; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ClientPage page = await store.ListAsync(new ClientQuery { Skip = skip });
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal((50, Known), (page.Clients.Count, page.Total));
        }

        return times.Order().ElementAt(Pages / 2);
    }
}
