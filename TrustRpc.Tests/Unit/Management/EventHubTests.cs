using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class EventHubTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Who_subscribes_gets_what_is_published_from_then_on_numbered_one_after_the_other()
    {
        EventHub hub = Hub();
        hub.Publish("before");
        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator();

        long first = hub.Publish("schedule_update", new { Room = "A1", When = 3 });
        hub.Publish("done");

        ServerEvent update = await NextAsync(events);
        ServerEvent done = await NextAsync(events);
        Assert.Equal(("schedule_update", """{"room":"A1","when":3}"""), (update.EventType, update.Payload?.GetRawText()));
        Assert.Equal((first, _clock.Start.ToUnixTimeMilliseconds()), (update.Sequence, update.Timestamp));
        Assert.Equal((first + 1, null), (done.Sequence, done.Payload));
        Assert.False(events.MoveNextAsync().AsTask().IsCompleted);
    }

    [Theory]
    [InlineData("alpha beta beta_two gamma")]
    [InlineData("alpha", "alpha")]
    [InlineData("beta beta_two", "beta*")]
    [InlineData("alpha gamma", "gamma", "alpha")]
    [InlineData("alpha beta beta_two gamma", "*")]
    [InlineData("", "delta*")]
    public async Task A_filter_takes_names_and_beginnings(string expected, params string[] types)
    {
        EventHub hub = Hub();
        List<string> seen = [];
        IAsyncEnumerable<ServerEvent> events = hub.SubscribeAsync(types);
        await using IAsyncEnumerator<ServerEvent> own = events.GetAsyncEnumerator();
        foreach (string type in (string[])["alpha", "beta", "beta_two", "gamma"])
            hub.Publish(type);
        hub.Complete();

        while (await own.MoveNextAsync().InTime())
            seen.Add(own.Current.EventType);

        Assert.Equal(expected, string.Join(' ', seen));
    }

    [Fact]
    public void A_filter_that_is_none_is_refused()
    {
        EventHub hub = Hub();

        foreach (string[] types in (string[][])[[""], ["a*b"], ["a\n"], [new string('x', 129)], [.. Enumerable.Repeat("a", 65)]])
            Assert.Equal(RpcErrorCode.InvalidParams, Assert.Throws<RpcException>(() => hub.SubscribeAsync(types)).Code);
    }

    [Fact]
    public void A_payload_that_no_subscriber_could_be_sent_is_refused()
    {
        EventHub hub = Hub();

        Assert.Contains("524288", Assert.Throws<ArgumentException>(() => hub.Publish("large", new string('x', 524_287))).Message, StringComparison.Ordinal);
        Assert.True(hub.Publish("large", new string('x', 524_286)) > 0);
    }

    [Fact]
    public void A_payload_that_is_nested_too_deeply_is_refused_and_none_is_null()
    {
        EventHub hub = Hub();
        static JsonElement Nested(int levels) => JsonElement.Parse(new string('[', levels) + new string(']', levels));

        Assert.Contains("more than 48 levels", Assert.Throws<ArgumentException>(() => hub.Publish("deep", Nested(49))).Message, StringComparison.Ordinal);
        Assert.True(hub.Publish("deep", Nested(48)) > 0);
        Assert.True(hub.Publish("nothing", default(JsonElement)) > 0);
    }

    [Fact]
    public void A_payload_that_is_no_text_of_characters_is_refused_for_what_it_is_and_the_next_one_is_published()
    {
        EventHub hub = Hub();
        JsonElement gone;
        using (var document = JsonDocument.Parse("[1]"))
        {
            gone = document.RootElement;
        }

        string half = Assert.Throws<ArgumentException>(() => hub.Publish("half", JsonElement.Parse("[[\"\\ud800\"]]"))).Message;
        string deepest = Assert.Throws<ArgumentException>(() => hub.Publish("deepest", JsonElement.Parse($"{new string('[', 48)}\"\\ud800\"{new string(']', 48)}"))).Message;
        Assert.Throws<ObjectDisposedException>(() => hub.Publish("gone", gone));

        Assert.DoesNotContain("levels", half, StringComparison.Ordinal);
        Assert.Contains("cannot be written as JSON", deepest, StringComparison.Ordinal);
        Assert.True(hub.Publish("whole", JsonElement.Parse("[1]")) > 0);
    }

    [Fact]
    public async Task Who_does_not_read_keeps_no_more_of_large_events_than_a_few()
    {
        EventHub hub = new(new ManagementOptions { TimeProvider = _clock, EventHistory = 16, Heartbeat = TimeSpan.Zero });
        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator();
        string large = new('x', 40_000);
        long first = 0;
        for (int i = 0; i < 8; i++)
            first = first == 0 ? hub.Publish("large", large) : Math.Min(first, hub.Publish("large", large));
        Assert.Equal(first, (await NextAsync(events)).Sequence);

        for (int i = 0; i < 16; i++)
            hub.Publish("small");

        Assert.Equal(first + 1, (await NextAsync(events)).Sequence);
        ServerEvent gap = await NextAsync(events);
        Assert.Equal(("gap", $$"""{"missed":6,"from":{{first + 2}},"to":{{first + 7}}}"""), (gap.EventType, gap.Payload?.GetRawText()));
    }

    [Fact]
    public async Task Subscriptions_that_come_and_go_at_the_same_time_are_counted()
    {
        EventHub hub = Hub();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 50_000; i++)
                await hub.SubscribeAsync().GetAsyncEnumerator().DisposeAsync();
        })));

        Assert.Equal(0, hub.Subscriptions);
    }

    [Fact]
    public async Task Whoever_comes_back_goes_on_behind_the_number_it_has_seen()
    {
        EventHub hub = Hub();
        long first = hub.Publish("one");
        hub.Publish("two");
        hub.Publish("three");

        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync(after: first).GetAsyncEnumerator();

        Assert.Equal("two", (await NextAsync(events)).EventType);
        Assert.Equal("three", (await NextAsync(events)).EventType);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 16)]
    [InlineData(3, 17)]
    [InlineData(5, 1000)]
    public async Task Whoever_lags_misses_the_oldest_and_is_told_how_many_and_which(int read, int behind)
    {
        EventHub hub = Hub(history: 16);
        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator();
        long start = 0;
        for (int i = 0; i < read; i++)
        {
            long sequence = hub.Publish("early");
            start = start == 0 ? sequence : start;
            await NextAsync(events);
        }

        long last = 0;
        for (int i = 0; i < behind; i++)
            last = hub.Publish("late");
        hub.Complete();

        List<ServerEvent> rest = [];
        while (await events.MoveNextAsync().InTime())
            rest.Add(events.Current);

        int missed = Math.Max(0, behind - 16);
        if (missed > 0)
        {
            JsonElement gap = rest[0].Payload!.Value;
            Assert.Equal("gap", rest[0].EventType);
            Assert.Equal((missed, start + read, last - 16), (gap.GetProperty("missed").GetInt64(), gap.GetProperty("from").GetInt64(), gap.GetProperty("to").GetInt64()));
            Assert.Equal(last - 16, rest[0].Sequence);
            rest.RemoveAt(0);
        }

        Assert.Equal(Enumerable.Range(0, behind - missed).Select(i => last - (behind - missed) + 1 + i), rest.Select(e => e.Sequence));
    }

    [Fact]
    public async Task The_history_keeps_to_its_bytes_as_well_and_keeps_the_newest_whatever_its_size()
    {
        EventHub hub = new(new ManagementOptions { EventHistoryBytes = 64 * 1024, TimeProvider = _clock }.Checked());
        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator();

        hub.Publish("small", "x");
        hub.Publish("large", new string('x', 100_000));
        hub.Complete();

        Assert.Equal("gap", (await NextAsync(events)).EventType);
        Assert.Equal("large", (await NextAsync(events)).EventType);
        Assert.False(await events.MoveNextAsync().InTime());
    }

    [Fact]
    public async Task A_number_of_an_earlier_life_is_answered_by_a_gap_of_unknown_size_and_all_that_is_kept()
    {
        EventHub earlier = Hub();
        long seen = earlier.Publish("earlier");
        _clock.Advance(TimeSpan.FromSeconds(1));
        EventHub later = Hub();
        long first = later.Publish("one");
        await using IAsyncEnumerator<ServerEvent> events = later.SubscribeAsync(["o*"], after: seen).GetAsyncEnumerator();

        ServerEvent gap = await NextAsync(events);

        Assert.True(first > seen);
        Assert.Equal(("gap", first - 1), (gap.EventType, gap.Sequence));
        Assert.Equal($$"""{"missed":null,"from":{{seen + 1}},"to":{{first - 1}}}""", gap.Payload?.GetRawText());
        Assert.Equal("one", (await NextAsync(events)).EventType);
    }

    [Fact]
    public async Task Nobody_is_waited_for_and_the_end_comes_behind_the_last_event()
    {
        EventHub hub = Hub();
        await using IAsyncEnumerator<ServerEvent> reads = hub.SubscribeAsync().GetAsyncEnumerator();
        await using IAsyncEnumerator<ServerEvent> stalls = hub.SubscribeAsync().GetAsyncEnumerator();
        Task<bool> waiting = reads.MoveNextAsync().AsTask();
        for (int i = 0; i < 100; i++)
            hub.Publish("tick", i);

        Assert.True(await waiting.InTime());
        for (int i = 1; i < 100; i++)
            Assert.Equal(i, (await NextAsync(reads)).Payload?.GetInt32());
        waiting = reads.MoveNextAsync().AsTask();
        hub.Complete();

        Assert.False(await waiting.InTime());
        Assert.Equal(0, hub.Publish("too late"));
    }

    [Fact]
    public async Task A_subscription_that_waits_is_ended_by_its_token()
    {
        EventHub hub = Hub();
        using CancellationTokenSource giveUp = new();
        await using IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator(giveUp.Token);
        Task<bool> waiting = events.MoveNextAsync().AsTask();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
    }

    [Fact]
    public async Task While_anybody_subscribes_there_is_a_sign_of_life_now_and_then()
    {
        EventHub hub = Hub();
        _clock.Advance(TimeSpan.FromSeconds(30));
        await using (IAsyncEnumerator<ServerEvent> events = hub.SubscribeAsync().GetAsyncEnumerator())
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal("heartbeat", (await NextAsync(events)).EventType);
            Assert.Equal(1, hub.Subscriptions);
        }

        Assert.Equal(0, hub.Subscriptions);
    }

    [Fact]
    public void What_cannot_be_an_event_of_the_applications_is_refused()
    {
        EventHub hub = Hub();

        foreach (string type in (string[])["", "a*", "a\n", "heartbeat", "gap", "client_connected", new string('x', 129)])
            Assert.Throws<ArgumentException>(() => hub.Publish(type));
    }

    [Fact]
    public void Beyond_the_limit_there_are_no_further_subscriptions()
    {
        EventHub hub = new(new ManagementOptions { MaxSubscriptions = 1 }.Checked());
        IAsyncEnumerable<ServerEvent> one = hub.SubscribeAsync();
        _ = one.GetAsyncEnumerator();

        Assert.Equal(RpcErrorCode.ResourceExhausted, Assert.Throws<RpcException>(() => hub.SubscribeAsync().GetAsyncEnumerator()).Code);
        Assert.Throws<InvalidOperationException>(() => one.GetAsyncEnumerator());
    }

    [Fact]
    public async Task Many_publishers_and_many_subscribers_lose_nothing_and_keep_the_order()
    {
        EventHub hub = Hub(history: 100_000);
        Task<List<long>>[] readers = [.. Enumerable.Range(0, 8).Select(_ => ReadAsync(hub))];
        await Patience.UntilAsync(() => hub.Subscriptions == 8);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(publisher => Task.Run(() =>
        {
            for (int i = 0; i < 5000; i++)
                hub.Publish("tick", publisher);
        })));
        hub.Complete();

        foreach (Task<List<long>> reader in readers)
        {
            List<long> seen = await reader.InTime();
            Assert.Equal(20_000, seen.Count);
            Assert.Equal(Enumerable.Range(0, 20_000).Select(i => seen[0] + i), seen);
        }
    }

    private static async Task<List<long>> ReadAsync(EventHub hub)
    {
        List<long> seen = [];
        await foreach (ServerEvent e in hub.SubscribeAsync(["tick"]))
            seen.Add(e.Sequence);
        return seen;
    }

    private EventHub Hub(int history = 8192) => new(new ManagementOptions { EventHistory = history, TimeProvider = _clock }.Checked());

    private static async Task<ServerEvent> NextAsync(IAsyncEnumerator<ServerEvent> events)
    {
        Assert.True(await events.MoveNextAsync().InTime());
        return events.Current;
    }
}
