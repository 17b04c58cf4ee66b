using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Events on their way to clients.</summary>
public class SubscribeTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_gets_the_events_of_the_server_and_of_the_application(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        ManagementClient client = new(await server.ConnectAsync("watcher"));
        await using IAsyncEnumerator<ServerEvent> events = client.SubscribeAsync(["client_*", "schedule_update"]).GetAsyncEnumerator();
        ValueTask<bool> first = events.MoveNextAsync();
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 1);

        RpcClient agent = await server.ConnectAsync("7", "lab-pc-7");
        server.Server.Events.Publish("ignored", 1);
        server.Server.Events.Publish("schedule_update", new { Room = "A1", Lesson = (2, "maths") });
        await agent.DisposeAsync().InTime();

        Assert.True(await first.InTime());
        List<string> seen = [Describe(events.Current)];
        for (int i = 0; i < 2; i++)
        {
            Assert.True(await events.MoveNextAsync().InTime());
            seen.Add(Describe(events.Current));
        }

        Assert.StartsWith("""client_connected {"uuid":"7","name":"lab-pc-7","ip_address":""", seen[0], StringComparison.Ordinal);
        Assert.Equal("""schedule_update {"room":"A1","lesson":{"item1":2,"item2":"maths"}}""", seen[1]);
        Assert.Equal("""client_disconnected {"uuid":"7","name":"lab-pc-7","reason":"the peer said goodbye (shutdown)"}""", seen[2]);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_does_not_read_holds_up_nobody_and_its_gap_is_exact(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { EventHistory = 1000 });
        ManagementClient stalls = new(await server.ConnectAsync("stalls"));
        ManagementClient reads = new(await server.ConnectAsync("reads"));
        await using IAsyncEnumerator<ServerEvent> slow = stalls.SubscribeAsync(["tick"]).GetAsyncEnumerator();
        await using IAsyncEnumerator<ServerEvent> quick = reads.SubscribeAsync(["tick"]).GetAsyncEnumerator();
        ValueTask<bool> slowFirst = slow.MoveNextAsync();
        ValueTask<bool> quickNext = quick.MoveNextAsync();
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 2);
        long start = server.Server.Events.Publish("tick", 0);
        Assert.True(await slowFirst.InTime());
        Assert.True(await quickNext.InTime());

        for (int i = 1; i < 20_000; i++)
        {
            server.Server.Events.Publish("tick", i);
            if (i % 500 == 0)
            {
                while (quick.Current.Sequence < start + i)
                    Assert.True(await quick.MoveNextAsync().InTime());
            }
        }

        long last = start + 19_999;
        List<ServerEvent> seen = [slow.Current];
        while (seen[^1].Sequence < last && await slow.MoveNextAsync().InTime())
            seen.Add(slow.Current);
        ServerEvent gap = Assert.Single(seen, e => e.EventType == "gap");
        int at = seen.IndexOf(gap);
        long from = gap.Payload!.Value.GetProperty("from").GetInt64();
        long to = gap.Payload.Value.GetProperty("to").GetInt64();
        Assert.Equal(seen[at - 1].Sequence + 1, from);
        Assert.Equal(seen[at + 1].Sequence - 1, to);
        Assert.Equal(to - from + 1, gap.Payload.Value.GetProperty("missed").GetInt64());
        Assert.Equal(20_000, seen.Count - 1 + (to - from + 1));
    }

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("tcp", true)]
    [InlineData("unix", false)]
    [InlineData("unix", true)]
    public async Task A_subscription_that_resumes_survives_a_lost_connection_without_a_gap(string transport, bool blocking)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        ManagementClient client = new(await server.ConnectAsync("watcher", configure: options => options.Reconnect = Quick));
        await using Reading reading = new(client, blocking, ["tick"]);
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 1);
        for (int i = 0; i < 4; i++)
        {
            // The first one comes over the first connection: before that the client does not know that it has subscribed.
            if (i > 0)
            {
                await Patience.UntilAsync(() => server.Server.Connections.Count == 1);
                server.Server.Connections.Single().Abort();
            }

            server.Server.Events.Publish("tick", i);
            await Patience.UntilAsync(() => reading.Seen.Length == i + 1);
        }

        Assert.Equal(["tick 0", "tick 1", "tick 2", "tick 3"], reading.Seen.Select(Describe));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_subscription_that_resumes_waits_for_a_place_where_another_has_taken_its_own(string transport)
    {
        int asked = 0;
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { MaxSubscriptions = 1 }, options => options.Authorize = (_, method) =>
        {
            asked += method == "Subscribe" ? 1 : 0;
            return true;
        });
        ManagementClient client = new(await server.ConnectAsync("watcher", configure: options => options.Reconnect = Quick));
        await using Reading reading = new(client, blocking: false, ["tick"]);
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 1);
        server.Server.Events.Publish("tick", 0);
        await Patience.UntilAsync(() => reading.Seen.Length == 1);

        await using (await TakePlaceAsync(server))
        {
            server.Server.Events.Publish("tick", 1);
            int before = asked;
            await Patience.UntilAsync(() => asked >= before + 2);
        }

        await Patience.UntilAsync(() => reading.Seen.Length == 2);
        Assert.Equal(["tick 0", "tick 1"], reading.Seen.Select(Describe));
    }

    // Whoever was cut off may be back first.
    private static async Task<IAsyncEnumerator<ServerEvent>> TakePlaceAsync(ManagedServer server)
    {
        IAsyncEnumerator<ServerEvent>? taken = null;
        await Patience.UntilAsync(() =>
        {
            foreach (RpcConnection connection in server.Server.Connections)
                connection.Abort();
            try
            {
                taken = server.Server.Events.SubscribeAsync(["none"]).GetAsyncEnumerator();
            }
            catch (RpcException)
            {
            }

            return taken is not null;
        });
        return taken!;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_subscription_that_resumes_is_told_what_the_history_does_not_hold_any_more(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { EventHistory = 16 });
        ManagementClient client = new(await server.ConnectAsync("watcher", configure: options => options.Reconnect = Quick));
        await using Reading reading = new(client, blocking: false, ["tick", "client_*"]);
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 1);
        long first = server.Server.Events.Publish("tick", 0);
        await Patience.UntilAsync(() => reading.Seen.Length == 1);

        server.Server.Connections.Single().Abort();
        long last = 0;
        for (int i = 1; i <= 1000; i++)
            last = server.Server.Events.Publish("tick", i);
        await Patience.UntilAsync(() => reading.Seen[^1].Sequence >= last);

        ServerEvent[] seen = reading.Seen;
        Assert.Contains(seen, e => e.EventType == "gap");
        long expected = first;
        foreach (ServerEvent e in seen)
        {
            // Numbers follow one another, and a gap says of all that are missing which they are.
            if (e.EventType == "gap")
            {
                Assert.Equal(expected, e.Payload!.Value.GetProperty("from").GetInt64());
                Assert.Equal(e.Sequence, e.Payload.Value.GetProperty("to").GetInt64());
                Assert.Equal(e.Sequence - expected + 1, e.Payload.Value.GetProperty("missed").GetInt64());
            }
            else
            {
                Assert.Equal(expected, e.Sequence);
            }

            expected = e.Sequence + 1;
        }

        Assert.True(expected > last);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task When_the_server_stops_that_is_the_last_event_and_nobody_holds_it_up(string transport)
    {
        ManagedServer server = await ManagedServer.StartAsync(transport, server: options => options.DrainTimeout = TimeSpan.FromHours(1));
        ManagementClient client = new(await server.ConnectAsync("watcher"));
        List<string> seen = [];
        Task reading = Task.Run(async () =>
        {
            await foreach (ServerEvent e in client.SubscribeAsync(["server_stopping", "client_connected"]))
                seen.Add(e.EventType);
        });
        await Patience.UntilAsync(() => server.Server.Events.Subscriptions == 1);

        await server.Server.StopAsync().InTime();

        await reading.InTime();
        Assert.Equal(["server_stopping"], seen);
        await server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task All_four_are_there_for_code_that_blocks(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        (await server.ConnectAsync("7")).Commands.Add("double", (int n) => 2 * n);
        ManagementClient client = new(await server.ConnectAsync("boss"));

        Assert.Equal(2, client.ListClients().Total);
        Assert.Equal(42, client.SendCommand("7", "double", 21).Result?.GetInt32());
        Assert.Equal(["7"], client.SendCommand(["7"], "double", 1, TimeSpan.FromSeconds(10)).Results.Select(result => result.ClientUuid));
        using IEnumerator<ServerEvent> events = client.Subscribe(after: 0).GetEnumerator();
        Assert.True(events.MoveNext());
        Assert.Equal("gap", events.Current.EventType);
        SyncMessage answer = Assert.Single(client.Sync([new SyncMessage { Type = SyncMessageType.Heartbeat }]));
        Assert.Equal(("HEARTBEAT", "boss"), (answer.Type, answer.ClientUuid));
    }

    private static RpcReconnectOptions Quick => new() { FirstDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(20) };

    private static string Describe(ServerEvent e) => $"{e.EventType} {e.Payload?.GetRawText()}";

    /// <summary>A subscription that resumes, read as it comes.</summary>
    private sealed class Reading : IAsyncDisposable
    {
        private readonly List<ServerEvent> _seen = [];
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _reading;

        public Reading(ManagementClient client, bool blocking, string[] types)
            => _reading = blocking ? Patience.OnOwnThread(() => Read(client.Subscribe(types, resume: true, cancellationToken: _stop.Token))) : ReadAsync(client.SubscribeAsync(types, resume: true, cancellationToken: _stop.Token));

        public ServerEvent[] Seen
        {
            get
            {
                lock (_seen)
                {
                    return [.. _seen];
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reading.InTime());
            _stop.Dispose();
        }

        private async Task ReadAsync(IAsyncEnumerable<ServerEvent> events)
        {
            await foreach (ServerEvent e in events)
                Add(e);
        }

        private bool Read(IEnumerable<ServerEvent> events)
        {
            foreach (ServerEvent e in events)
                Add(e);
            return true;
        }

        private void Add(ServerEvent e)
        {
            lock (_seen)
            {
                _seen.Add(e);
            }
        }
    }
}
