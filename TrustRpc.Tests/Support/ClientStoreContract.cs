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
        await store.SaveAsync([Client("6", "été"), Client("4", "b"), Client("3", "b"), Client("2", "a-b"), Client("1", "aB"), Client("5", "B")]);

        Assert.Equal("5 2 1 3 4 6 of 6", await ListAsync(store, new ClientQuery()));
        Assert.Equal("1 3 of 6", await ListAsync(store, new ClientQuery { Skip = 2, Take = 2 }));
        Assert.Equal(" of 6", await ListAsync(store, new ClientQuery { Skip = 6 }));
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
