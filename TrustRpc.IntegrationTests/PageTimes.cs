using System.Diagnostics;
using TrustRpc.Management;
using Xunit.Abstractions;

namespace TrustRpc.IntegrationTests;

/// <summary>How long a page of 100,000 known clients takes in a real database: printed for <c>docs/PERFORMANCE.md</c>, and right whatever the time.</summary>
internal static class PageTimes
{
    private const int Known = 100_000;
    private const int OneOnline = 100;
    private const int Pages = 100;
    private const int WarmUp = 200;

    public static async Task PrintAsync(IClientStore store, string name, ITestOutputHelper output)
    {
        await store.OpenAsync();
        for (int start = 0; start < Known; start += 10_000)
        {
            await store.SaveAsync([.. Enumerable.Range(start, 10_000).Select(i => TrustRpc.Tests.Support.ClientStoreContract.Client($"{i:000000}", $"lab-pc-{i % 50_000:00000}", online: i % OneOnline == 0))]);
        }

        output.WriteLine($"{name}, {Known:#,0} clients, median and slowest of {Pages} pages of 50 in ms, after {WarmUp} more");
        foreach ((string what, ClientQuery query, int total) in Queries)
        {
            double[] times = await TimesAsync(store, query, total);
            output.WriteLine($"{what,-45} {times[Pages / 2]:0.000} {times[^1]:0.000}");
        }
    }

    private static IEnumerable<(string What, ClientQuery Query, int Total)> Queries =>
    [
        ("first page", new ClientQuery(), Known),
        ("in the middle", new ClientQuery { Skip = Known / 2 }, Known),
        ("last page", new ClientQuery { Skip = Known - 50 }, Known),
        ("offline, in the middle", new ClientQuery { Skip = Known / 2, Online = false }, Known - (Known / OneOnline)),
        ("online, last page", new ClientQuery { Skip = (Known / OneOnline) - 50, Online = true }, Known / OneOnline),
        ("name with a text that few have", new ClientQuery { NameContains = "PC-4999" }, 20),
        ("name with a text that all have, last page", new ClientQuery { Skip = Known - 50, NameContains = "PC" }, Known),
    ];

    private static async Task<double[]> TimesAsync(IClientStore store, ClientQuery query, int total)
    {
        List<double> times = [];
        for (int i = -WarmUp; i < Pages; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ClientPage page = await store.ListAsync(query);
            if (i >= 0)
            {
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            Assert.Equal((Math.Min(50, total), total), (page.Clients.Count, page.Total));
        }

        return [.. times.Order()];
    }
}
