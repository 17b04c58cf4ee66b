using System.Text.Json;
using System.Threading.Channels;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Clients that are kept in step by one stream each way.</summary>
public class SyncTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_heartbeat_is_answered_with_its_payload_and_refreshes_when_the_client_was_last_seen(string transport)
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { TimeProvider = clock });
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        clock.Advance(TimeSpan.FromSeconds(7));

        await ada.SayAsync("HEARTBEAT", payload: "beat 1");

        SyncMessage answer = await ada.HearAsync();
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(("HEARTBEAT", "ada", "beat 1", now), (answer.Type, answer.ClientUuid, answer.Payload?.GetString(), answer.Timestamp));
        Assert.Equal(now, (await server.StatusAsync("ada")).LastSeen);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_update_is_acknowledged_and_goes_to_all_others_and_to_subscribers(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["data_update"]).GetAsyncEnumerator();
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        await using Talk bob = await Talk.JoinAsync(server, "bob");
        await using Talk eve = await Talk.JoinAsync(server, "eve");

        await ada.SayAsync("DATA_UPDATE", payload: new { Room = "A1" });

        SyncMessage heard = await bob.HearAsync();
        Assert.Equal(("DATA_UPDATE", "ada", """{"room":"A1"}"""), (heard.Type, heard.ClientUuid, heard.Payload?.GetRawText()));
        Assert.Equal("ada", (await eve.HearAsync()).ClientUuid);
        Assert.True(await events.MoveNextAsync().InTime());
        Assert.Equal("""{"client_uuid":"ada","payload":{"room":"A1"}}""", events.Current.Payload?.GetRawText());
        SyncMessage acknowledged = await ada.HearAsync();
        Assert.Equal(("RESPONSE", "ada"), (acknowledged.Type, acknowledged.ClientUuid));
        Assert.Equal($$"""{"success":true,"message":"","sequence":{{events.Current.Sequence}}}""", acknowledged.Payload?.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_command_goes_to_the_client_that_it_names_and_the_response_back(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        await using Talk bob = await Talk.JoinAsync(server, "bob");

        await ada.SayAsync("COMMAND", "bob", new { Id = 1, Command = "lock" });
        SyncMessage command = await bob.HearAsync();
        await bob.SayAsync("RESPONSE", command.ClientUuid, new { Id = 1, Done = true });
        SyncMessage response = await ada.HearAsync();

        Assert.Equal(("COMMAND", "ada"), (command.Type, command.ClientUuid));
        Assert.Equal(("RESPONSE", "bob", """{"id":1,"done":true}"""), (response.Type, response.ClientUuid, response.Payload?.GetRawText()));
    }

    public static TheoryData<string, string, string> Wrong => ManagedServer.TransportsWith(
        ("""{"type":"DANCE"}""", "There is no type of message 'DANCE'"),
        ("""{"type":7}""", "A message has a member type"),
        ("""{"client_uuid":"bob"}""", "A message has a member type"),
        ("""["HEARTBEAT"]""", "A message is an object"),
        ("""{"type":"COMMAND"}""", "A COMMAND names in client_uuid for whom it is."),
        ("""{"type":"COMMAND","client_uuid":5}""", "The member client_uuid of a message is a text or null."),
        ("""{"type":"COMMAND","client_uuid":"nobody"}""", "The client 'nobody' is not in sync; it did not get the COMMAND."),
        ("""{"type":"RESPONSE","client_uuid":"nobody"}""", "The client 'nobody' is not in sync; it did not get the RESPONSE."),
        ("""{"type":"DATA_UPDATE","payload":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""", "The payload is nested more than 48 levels deep."));

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_with_a_message_is_answered_and_the_stream_lives_on(string transport, string message, string problem)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using Talk ada = await Talk.JoinAsync(server, "ada");

        await ada.SayAsync(JsonElement.Parse(message));
        SyncMessage answer = await ada.HearAsync();
        await ada.SayAsync("HEARTBEAT");

        Assert.Equal(("RESPONSE", "ada"), (answer.Type, answer.ClientUuid));
        Assert.False(answer.Payload!.Value.GetProperty("success").GetBoolean());
        Assert.StartsWith(problem, answer.Payload.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("HEARTBEAT", (await ada.HearAsync()).Type);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Whoever_does_not_read_is_put_out_and_holds_up_nobody(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { SyncQueue = 8 }, options => options.StreamReadAhead = 1);
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        await using Talk stalls = await Talk.JoinAsync(server, "stalls");

        int sent = 0;
        string filler = new('x', 100);
        while (server.Management.SyncClients == 2)
        {
            Assert.True(sent < 100_000, "Nobody was put out.");
            await ada.SayAsync("DATA_UPDATE", payload: new { Number = ++sent, filler });
            Assert.True((await ada.HearAsync()).Payload!.Value.GetProperty("success").GetBoolean());
        }

        int heard = 0;
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            while (true)
            {
                Assert.Equal(++heard, (await stalls.HearAsync()).Payload!.Value.GetProperty("number").GetInt32());
            }
        });
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.InRange(heard, 2, sent);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Whoever_does_not_read_is_put_out_by_large_messages_as_by_many(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { SyncQueue = 1_000_000, SyncQueueBytes = 64 * 1024 }, options => options.StreamReadAhead = 1);
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        await using Talk stalls = await Talk.JoinAsync(server, "stalls");
        string filler = new('x', 30_000);

        int sent = 0;
        while (server.Management.SyncClients == 2)
        {
            Assert.True(++sent < 1000, "Nobody was put out.");
            await ada.SayAsync("DATA_UPDATE", payload: filler);
            Assert.True((await ada.HearAsync()).Payload!.Value.GetProperty("success").GetBoolean());
        }

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            while (true)
                await stalls.HearAsync();
        });
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.Contains("65536 bytes", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Large_answers_wait_for_whoever_reads_late_and_none_is_lost(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { SyncQueueBytes = 64 * 1024 });
        await using Talk ada = await Talk.JoinAsync(server, "ada");
        string filler = new('x', 50_000);
        for (int i = 0; i < 50; i++)
            await ada.SayAsync("HEARTBEAT", payload: $"{i} {filler}");

        for (int i = 0; i < 50; i++)
            Assert.Equal($"{i} {filler}", (await ada.HearAsync()).Payload?.GetString());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_payload_that_others_could_not_be_sent_is_answered_and_the_stream_lives_on(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using Talk ada = await Talk.JoinAsync(server, "ada");

        await ada.SayAsync("DATA_UPDATE", payload: new string('x', 300_000));
        SyncMessage answer = await ada.HearAsync();
        await ada.SayAsync("HEARTBEAT");

        Assert.Equal("The payload has 300002 bytes of JSON; 262144 are the most.", answer.Payload!.Value.GetProperty("message").GetString());
        Assert.Equal("HEARTBEAT", (await ada.HearAsync()).Type);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task When_a_client_has_said_all_it_gets_its_answers_and_the_end(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient client = await server.ConnectAsync("ada");
        SyncMessage[] messages = [.. Enumerable.Range(0, 100).Select(i => new SyncMessage { Type = "HEARTBEAT", Payload = JsonElement.Parse($"{i}") })];

        List<int> answers = [];
        await foreach (SyncMessage answer in new ManagementClient(client).SyncAsync(messages.ToAsyncEnumerable()))
            answers.Add(answer.Payload!.Value.GetInt32());

        Assert.Equal(Enumerable.Range(0, 100), answers);
        await Patience.UntilAsync(() => server.Management.SyncClients == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_is_silent_for_too_long_is_put_out_and_told_what_to_do(string transport)
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, server: options => (options.TimeProvider, options.KeepAlive) = (clock, TimeSpan.Zero));
        await using Talk ada = await Talk.JoinAsync(server, "ada");

        Task<SyncMessage?> hearing = ada.TryHearAsync();
        await Patience.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return hearing.IsCompleted;
        });

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => hearing);
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.Contains("sends a HEARTBEAT now and then", e.Message, StringComparison.Ordinal);
        await Patience.UntilAsync(() => server.Management.SyncClients == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Beyond_the_limit_nobody_else_comes_in_and_leaving_makes_room(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { MaxSyncClients = 1 });
        Talk ada = await Talk.JoinAsync(server, "ada");

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => Talk.JoinAsync(server, "bob"));
        await ada.DisposeAsync();
        await Patience.UntilAsync(() => server.Management.SyncClients == 0);
        await using Talk eve = await Talk.JoinAsync(server, "eve");

        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task When_the_server_stops_sync_ends_and_nobody_holds_it_up(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, server: options => options.DrainTimeout = TimeSpan.FromHours(1));
        await using Talk ada = await Talk.JoinAsync(server, "ada");

        await server.Server.StopAsync().InTime();

        Assert.Null(await ada.TryHearAsync());
        Assert.Empty(server.Errors);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_is_lost_leaves_sync_without_being_taken_for_an_error(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using Talk ada = await Talk.JoinAsync(server, "ada");

        server.Server.Connections.Single().Abort();

        await Patience.UntilAsync(() => server.Management.SyncClients == 0);
        Assert.Empty(server.Errors);
    }

    /// <summary>One client in sync, message by message.</summary>
    private sealed class Talk : IAsyncDisposable
    {
        private readonly Channel<JsonElement> _says = Channel.CreateUnbounded<JsonElement>();
        private readonly IAsyncEnumerator<SyncMessage> _hears;

        private Talk(RpcClient client)
            => _hears = client.StreamAsync<SyncMessage>("StreamSync", [_says.Reader.ReadAllAsync()], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).GetAsyncEnumerator();

        /// <summary>Joined, and heard by the server.</summary>
        public static async Task<Talk> JoinAsync(ManagedServer server, string id)
        {
            Talk talk = new(await server.ConnectAsync(id));
            await talk.SayAsync("HEARTBEAT");
            Assert.Equal("HEARTBEAT", (await talk.HearAsync()).Type);
            return talk;
        }

        public Task SayAsync(string type, string? uuid = null, object? payload = null)
            => SayAsync(JsonSerializer.SerializeToElement(new { type, client_uuid = uuid, payload }, JsonSerializerOptions.Web));

        public Task SayAsync(JsonElement message) => _says.Writer.WriteAsync(message).AsTask();

        public async Task<SyncMessage> HearAsync() => await TryHearAsync() ?? throw new InvalidOperationException("Sync has ended.");

        public async Task<SyncMessage?> TryHearAsync() => await _hears.MoveNextAsync().InTime() ? _hears.Current : null;

        public async ValueTask DisposeAsync()
        {
            _says.Writer.TryComplete();
            await _hears.DisposeAsync();
        }
    }
}
