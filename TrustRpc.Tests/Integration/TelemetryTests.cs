using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What listeners under the name TrustRpc hear. They hear every connection of the process, so nothing else runs meanwhile.</summary>
[Collection("Listeners")]
public sealed class TelemetryTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task A_trace_spans_the_caller_the_method_and_its_call_back()
    {
        using Spans spans = new();
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", client: options => options.Services.Add("back", () => Activity.Current!.TraceId.ToString()));
        pair.Server.Services.Add("there", async (RpcContext context) => await context.CallAsync<string>("back"));
        using Activity mine = new("mine");
        mine.Start();

        string innermost = await pair.Client.CallAsync<string>("there");

        Assert.Equal(mine.TraceId.ToString(), innermost);
        Assert.Equal(mine, Activity.Current);
        mine.Stop();
        await Patience.UntilAsync(() => spans.All.Count == 4);
        Activity[] all = [.. spans.All.OrderBy(span => span.StartTimeUtc)];
        Activity there = all.Single(span => span is { Kind: ActivityKind.Server, OperationName: "there" });
        Activity asked = all.Single(span => span is { Kind: ActivityKind.Client, OperationName: "there" });
        Activity back = all.Single(span => span is { Kind: ActivityKind.Client, OperationName: "back" });
        Assert.Equal(mine.SpanId, asked.ParentSpanId);
        Assert.Equal(asked.SpanId, there.ParentSpanId);
        Assert.True(there.HasRemoteParent);
        Assert.Equal(there.SpanId, back.ParentSpanId);
        Assert.All(all, span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
    }

    [Theory]
    [InlineData("rpc.server.call.duration")]
    [InlineData("rpc.server.request.size")]
    [InlineData("rpc.server.response.size")]
    [InlineData("rpc.client.call.duration")]
    [InlineData("rpc.client.request.size")]
    [InlineData("rpc.client.response.size")]
    public async Task Whoever_throws_while_listening_to_meters_confuses_no_call_and_is_reported_once(string instrument)
    {
        using MeterListener broken = new();
        broken.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == "TrustRpc" && published.Name == instrument) listener.EnableMeasurementEvents(published);
        };
        int thrown = 0;
        broken.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException($"broken meter {Interlocked.Increment(ref thrown)}"));
        broken.SetMeasurementEventCallback<int>((_, _, _, _) => throw new InvalidOperationException($"broken meter {Interlocked.Increment(ref thrown)}"));
        broken.Start();

        await ConfusesNoCallAsync("broken meter");

        Assert.NotEqual(0, thrown);
    }

    [Theory]
    [InlineData("sampled")]
    [InlineData("started")]
    [InlineData("stopped")]
    public async Task Whoever_throws_while_listening_to_traces_confuses_no_call_and_is_reported_once(string when)
    {
        int thrown = 0;
        using ActivityListener broken = new()
        {
            ShouldListenTo = source => source.Name == "TrustRpc",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => when == "sampled" ? throw Broken() : ActivitySamplingResult.AllData,
            ActivityStarted = _ => ThrowIf("started"),
            ActivityStopped = _ => ThrowIf("stopped"),
        };
        ActivitySource.AddActivityListener(broken);

        await ConfusesNoCallAsync("broken trace");

        Assert.NotEqual(0, thrown);
        Assert.Null(Activity.Current);

        InvalidOperationException Broken() => new($"broken trace {Interlocked.Increment(ref thrown)}");

        void ThrowIf(string now)
        {
            if (now == when) throw Broken();
        }
    }

    [Fact]
    [Quotes("`traceparent`, `tracestate` (request, optional): W3C trace context")]
    public async Task A_trace_context_travels_in_the_envelope_and_a_malformed_one_is_as_if_absent()
    {
        using Spans spans = new();
        RpcServices services = new RpcServices().Add("id", () => $"{Activity.Current?.ParentId} {Activity.Current?.TraceStateString}");
        await using RawConversation talk = RawConversation.Start(services);

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"id","traceparent":"{{Trace}}","tracestate":"a=b","params":[]}""");
        Assert.Equal($"{Trace} a=b", (await talk.Peer.ReceiveAsync()).GetProperty("result").GetString());
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"id","traceparent":"nonsense","params":[]}""");
        Assert.Equal(" ", (await talk.Peer.ReceiveAsync()).GetProperty("result").GetString());

        using Activity mine = new("mine");
        mine.SetParentId(Trace).Start();
        mine.TraceStateString = "a=\"b\"";
        Task<int> call = talk.Connection.CallAsync<int>("peer").AsTask();
        System.Text.Json.JsonElement request = await talk.Peer.ReceiveAsync();
        Assert.StartsWith(Trace[..36], request.GetProperty("traceparent").GetString(), StringComparison.Ordinal);
        Assert.Equal("a=\"b\"", request.GetProperty("tracestate").GetString());
        await talk.Peer.SendAsync(RawPeer.Result(request.GetProperty("id").GetInt32(), "1"));
        await call.InTime();
    }

    [Fact]
    public async Task Without_a_listener_nothing_travels()
    {
        await using RawConversation talk = RawConversation.Start(new RpcServices());
        using Activity mine = new("mine");
        mine.Start();

        _ = talk.Connection.CallAsync<int>("peer").AsTask();

        Assert.False((await talk.Peer.ReceiveAsync()).TryGetProperty("traceparent", out _));
    }

    [Fact]
    public async Task Calls_are_measured_on_both_sides_with_the_names_of_the_conventions()
    {
        using Measurements heard = new();
        await using RpcPair pair = await RpcPair.OpenAsync("tcp plain");

        await pair.Client.CallAsync<string>("Greet", ["Ada"]);
        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("Fail", ["no"]));
        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("name that is not here"));
        await Patience.UntilAsync(() => heard.Of("rpc.server.call.duration").Count() == 3 && heard.Of("rpc.client.call.duration").Count() == 3);

        string port = pair.Server.Endpoints.Single().Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string where = $"server.address=127.0.0.1 server.port={port}";
        Assert.Equal(
            [
                $"rpc.system.name=jsonrpc rpc.method=Fail {where} rpc.response.status_code=-32000 error.type=ApplicationError",
                $"rpc.system.name=jsonrpc rpc.method=Greet {where}",
                $"rpc.system.name=jsonrpc rpc.method=_OTHER {where} rpc.response.status_code=-32601 error.type=MethodNotFound",
            ],
            heard.Of("rpc.server.call.duration").Order(StringComparer.Ordinal));
        Assert.Contains($"rpc.system.name=jsonrpc rpc.method=Greet {where}", heard.Of("rpc.client.call.duration"));
        Assert.All(["rpc.server.request.size", "rpc.server.response.size", "rpc.client.request.size", "rpc.client.response.size"], name => Assert.NotEmpty(heard.Of(name)));
    }

    [Fact]
    public async Task What_is_under_way_can_be_observed()
    {
        using Measurements heard = new();
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        Task waiting = pair.Client.CallAsync<int>("WaitForGate", [1]).AsTask();
        await pair.Methods.EnteredAsync();

        IReadOnlyDictionary<string, long> figures = heard.Observe();

        Assert.Equal((2, 1, 1, 0), (figures["trustrpc.connections"], figures["trustrpc.calls.active"], figures["trustrpc.calls.pending"], figures["trustrpc.streams"]));
        Assert.Equal(0, figures["trustrpc.output.queued"]);
        pair.Methods.Open();
        await waiting.InTime();
        await RpcPair.CloseAsync(pair.Client).InTime();
        await Patience.UntilAsync(() => heard.Observe()["trustrpc.connections"] == 0);
    }

    [Fact]
    public async Task A_failure_says_whose_it_is()
    {
        using Spans spans = new();
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("Crash"));
        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("Greet", [1]));
        await Patience.UntilAsync(() => spans.All.Count == 4);

        Assert.Equal(
            ["Client Crash Error InternalError", "Client Greet Error InvalidParams", "Server Crash Error InternalError", "Server Greet Unset InvalidParams"],
            spans.All.Select(span => $"{span.Kind} {span.OperationName} {span.Status} {span.GetTagItem("error.type")}").Order(StringComparer.Ordinal));
    }

    private static async Task ConfusesNoCallAsync(string failure)
    {
        using Failures reported = new(failure);
        ConcurrentQueue<string> errors = [];
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Error += (_, e) => errors.Enqueue(e.Exception.Message);
        pair.Server.Services.Add("same", (int number) => number).Add("later", async (int number) =>
        {
            await Task.Yield();
            return number;
        });
        pair.Server.Services.Add("many", (int number) => new Sequences().Count(number));

        for (int round = 0; round < 10; round++)
        {
            int[] numbers = [.. Enumerable.Range(round * 100, 100)];
            Task<int>[] calls = [.. numbers.Select(number => pair.Client.CallAsync<int>(number % 2 == 0 ? "same" : "later", [number]).AsTask())];
            Assert.Equal(numbers, await Task.WhenAll(calls).InTime());
            Assert.Equal(round, pair.Client.Call<int>("same", [round]));
            Assert.Equal(1000, await pair.Client.StreamAsync<int>("many", [1000]).CountAsync());
            await pair.Client.NotifyAsync("Note", ["noted"]);
            RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync("name that is not here").InTime());
            Assert.Equal(RpcErrorCode.MethodNotFound, e.Code);
        }

        await Patience.UntilAsync(() => pair.ServerSide.Residue == default);
        Assert.True(pair.ServerSide.IsOpen);
        Assert.All(reported.All, one => Assert.Contains("listens to the meters or traces", one, StringComparison.Ordinal));
        Assert.InRange(reported.All.Count, 1, 2); // By each side for itself.
        Assert.InRange(errors.Count, 0, 1);
    }

    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new()
            {
                ShouldListenTo = source => source.Name == "TrustRpc",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = All.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentQueue<Activity> All { get; } = [];

        public void Dispose() => _listener.Dispose();
    }

    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Instrument, string Tags)> _heard = [];
        private readonly ConcurrentDictionary<string, long> _observed = [];

        public Measurements()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "TrustRpc") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Hear(instrument, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _observed[instrument.Name] = value);
            _listener.Start();
        }

        public IEnumerable<string> Of(string instrument) => _heard.Where(one => one.Instrument == instrument).Select(one => one.Tags);

        public IReadOnlyDictionary<string, long> Observe()
        {
            _listener.RecordObservableInstruments();
            return _observed;
        }

        public void Dispose() => _listener.Dispose();

        private void Hear(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            => _heard.Enqueue((instrument.Name, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
    }

    /// <summary>What is logged about code of the user's that has thrown.</summary>
    private sealed class Failures(string text) : EventListener
    {
        public ConcurrentQueue<string> All { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "TrustRpc") EnableEvents(eventSource, EventLevel.Error);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == "HandlerFailed" && $"{eventData.Payload![1]}".Contains(text, StringComparison.Ordinal)) All.Enqueue($"{eventData.Payload[0]}");
        }
    }
}
