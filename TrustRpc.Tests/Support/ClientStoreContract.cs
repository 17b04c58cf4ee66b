using TrustRpc.Management;

namespace TrustRpc.Tests.Support;

/// <summary>What every store of clients keeps to, by name. A rule gets a function that makes a store on the same data each time.</summary>
internal static class ClientStoreContract
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, 125, TimeSpan.Zero);

    private static readonly Dictionary<string, Func<Func<IClientStore>, Task>> ByName = new()
    {
        ["what is saved is found as it was"] = FoundAsync,
        ["what is saved again is overwritten"] = OverwrittenAsync,
        ["pages come by name and then id character by character"] = OrderedAsync,
        ["filters apply before pages and take every character as it is"] = FilteredAsync,
        ["what is opened again is as it was and offline"] = ReopenedAsync,
        ["a thousand at once are a thousand"] = ManyAsync,
        ["what is removed is gone, and gone after opening again"] = RemovedAsync,
        ["those that are longest gone come by when they were seen last"] = LongestGoneAsync,
        ["whoever has no lasting id is gone after opening again"] = TemporaryAsync,
        ["every page is right after any changes"] = ChangedAsync,
    };

    public static TheoryData<string> Rules => [.. ByName.Keys];

    public static Task CheckAsync(string rule, Func<IClientStore> open) => ByName[rule](open);

    public static KnownClient Client(string uuid, string name, bool online = true, int second = 0) => new()
    {
        Uuid = uuid,
        Name = name,
        IpAddress = "192.0.2.7",
        Endpoint = "tcp://0.0.0.0:8888",
        Transport = "tcp",
        Online = online,
        ConnectedAt = Noon,
        LastSeen = Noon.AddSeconds(second),
    };

    private static async Task FoundAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);
        KnownClient strange = Client("日本 '\"; DROP TABLE clients; --", "Zoë \\ \U0001F600 \"quoted\" {}[]");

        await store.SaveAsync([Client("1", "one"), strange]);

        Assert.Equal(Client("1", "one"), await store.FindAsync("1"));
        Assert.Equal(strange, await store.FindAsync(strange.Uuid));
        Assert.Null(await store.FindAsync("one"));
    }

    private static async Task OverwrittenAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);
        await store.SaveAsync([Client("1", "zeta"), Client("2", "beta")]);

        await store.SaveAsync([Client("1", "alpha", online: false, second: 9)]);

        Assert.Equal(Client("1", "alpha", online: false, second: 9), await store.FindAsync("1"));
        Assert.Equal("1 2 of 2", await ListAsync(store, new ClientQuery()));
    }

    private static async Task OrderedAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);
        await store.SaveAsync([Client("6", "été"), Client("4", "b"), Client("3", "b"), Client("2", "a-b"), Client("1", "aB"), Client("5", "B"), Client("8", "\U0001F600"), Client("7", "\uFF5E")]);

        Assert.Equal("5 2 1 3 4 6 7 8 of 8", await ListAsync(store, new ClientQuery()));
        Assert.Equal("1 3 of 8", await ListAsync(store, new ClientQuery { Skip = 2, Take = 2 }));
        Assert.Equal(" of 8", await ListAsync(store, new ClientQuery { Skip = 8 }));
    }

    private static async Task FilteredAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);
        await store.SaveAsync([Client("1", "50% off"), Client("2", "a_b", online: false), Client("3", "axb"), Client("4", "[x]!"), Client("5", "Straße É", online: false)]);

        Assert.Equal("1 of 1", await ListAsync(store, new ClientQuery { NameContains = "%" }));
        Assert.Equal("2 of 1", await ListAsync(store, new ClientQuery { NameContains = "A_B" }));
        Assert.Equal("4 of 1", await ListAsync(store, new ClientQuery { NameContains = "[X]!" }));
        Assert.Equal("5 of 1", await ListAsync(store, new ClientQuery { NameContains = "é" }));
        Assert.Equal("2 of 2", await ListAsync(store, new ClientQuery { Online = false, Take = 1, Skip = 1 }));
        Assert.Equal("3 of 1", await ListAsync(store, new ClientQuery { Online = true, NameContains = "b" }));
        Assert.Equal("1 5 4 2 3 of 5", await ListAsync(store, new ClientQuery { NameContains = "" }));
        Assert.Equal(" of 0", await ListAsync(store, new ClientQuery { NameContains = "!\na" }));
    }

    private static async Task ReopenedAsync(Func<IClientStore> open)
    {
        await using (IClientStore first = await OpenAsync(open))
        {
            await first.SaveAsync([Client("1", "one"), Client("2", "two", online: false, second: 5)]);
        }

        await using IClientStore second = await OpenAsync(open);

        Assert.Equal(Client("1", "one", online: false), await second.FindAsync("1"));
        Assert.Equal(Client("2", "two", online: false, second: 5), await second.FindAsync("2"));
        Assert.Equal("1 2 of 2", await ListAsync(second, new ClientQuery { Online = false }));
        Assert.Equal("1 2 of 2", await ListAsync(second, new ClientQuery()));
    }

    private static async Task ManyAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);

        await store.SaveAsync([.. Enumerable.Range(0, 1000).Select(i => Client($"{i:0000}", $"client {i % 10}"))]);
        await store.SaveAsync([Client("0500", "client 0"), Client("1000", "client 0")]);

        Assert.Equal("0490 0500 0510 of 1001", await ListAsync(store, new ClientQuery { Skip = 49, Take = 3 }));
    }

    private static async Task RemovedAsync(Func<IClientStore> open)
    {
        await using (IClientStore first = await OpenAsync(open))
        {
            await first.SaveAsync([Client("1", "one"), Client("2", "two"), Client("3", "three")]);

            await first.RemoveAsync(["1", "nobody", "3"]);

            Assert.Equal("2 of 1", await ListAsync(first, new ClientQuery()));
            Assert.Null(await first.FindAsync("1"));
            await first.SaveAsync([Client("3", "three again")]);
        }

        await using IClientStore second = await OpenAsync(open);

        Assert.Equal("3 2 of 2", await ListAsync(second, new ClientQuery()));
    }

    private static async Task LongestGoneAsync(Func<IClientStore> open)
    {
        await using IClientStore store = await OpenAsync(open);
        await store.SaveAsync([Client("1", "a", online: false, second: 3), Client("2", "b", second: 1), Client("3", "c", online: false, second: 2), Client("4", "d", online: false, second: 9)]);

        Assert.Equal(["3", "1"], (await store.ListLongestGoneAsync(2)).Select(client => client.Uuid));
        Assert.Equal(["3", "1", "4"], (await store.ListLongestGoneAsync(50)).Select(client => client.Uuid));
    }

    private static async Task TemporaryAsync(Func<IClientStore> open)
    {
        await using (IClientStore first = await OpenAsync(open))
        {
            await first.SaveAsync([Client("~1", "one"), Client("2", "two")]);
            Assert.Equal("~1 2 of 2", await ListAsync(first, new ClientQuery()));
        }

        await using IClientStore second = await OpenAsync(open);

        Assert.Equal("2 of 1", await ListAsync(second, new ClientQuery()));
    }

    private static async Task ChangedAsync(Func<IClientStore> open)
    {
        const int seed = 2026;
        const int clients = 2000;
        Random random = new(seed);
        Dictionary<string, KnownClient> expected = [];
        await using IClientStore store = await OpenAsync(open);
        KnownClient Any() => Client($"{random.Next(2 * clients)}", $"client {random.Next(100)}", random.Next(3) == 0);
        for (int round = 0; round < 60; round++)
        {
            KnownClient[] saved = [.. Enumerable.Range(0, round == 0 ? clients : random.Next(1, 60)).Select(_ => Any()).DistinctBy(client => client.Uuid)];
            await store.SaveAsync(saved);
            foreach (KnownClient client in saved)
                expected[client.Uuid] = client;
            string[] removed = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Any().Uuid).Distinct()];
            await store.RemoveAsync(removed);
            foreach (string uuid in removed)
                expected.Remove(uuid);

            foreach ((bool? online, string? text) in ((bool?, string?)[])[(null, null), (true, null), (false, null), (null, "NT 7"), (false, "9"), (true, "client")])
            {
                KnownClient[] all =
                [
                    .. expected.Values
                        .Where(client => (online is null || client.Online == online) && client.Name.Contains(text ?? "", StringComparison.OrdinalIgnoreCase))
                        .OrderBy(client => client.Name, StringComparer.Ordinal)
                        .ThenBy(client => client.Uuid, StringComparer.Ordinal),
                ];
                foreach (int skip in (int[])[0, random.Next(all.Length), Math.Max(0, all.Length - 20), all.Length + 5])
                {
                    ClientPage page = await store.ListAsync(new ClientQuery { Skip = skip, Online = online, NameContains = text });
                    Assert.True(
                        page.Total == all.Length && page.Clients.SequenceEqual(all.Skip(skip).Take(50)),
                        $"Seed {seed}, round {round}, online {online}, text {text}, skip {skip}: {page.Total} instead of {all.Length}.");
                }
            }
        }
    }

    private static async Task<IClientStore> OpenAsync(Func<IClientStore> open)
    {
        IClientStore store = open();
        await store.OpenAsync();
        return store;
    }

    private static async Task<string> ListAsync(IClientStore store, ClientQuery query)
    {
        ClientPage page = await store.ListAsync(query);
        return $"{string.Join(' ', page.Clients.Select(client => client.Uuid))} of {page.Total}";
    }
}
