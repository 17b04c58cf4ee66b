using System.Diagnostics;
using System.Diagnostics.Metrics;
using TrustRpc;

// What an OpenTelemetry set-up does with AddMeter("TrustRpc") and AddSource("TrustRpc"), by hand.
using MeterListener metrics = new();
metrics.InstrumentPublished = (instrument, listener) =>
{
    bool isWanted = instrument.Meter.Name == "TrustRpc" && !instrument.Name.StartsWith("rpc.server"); // This process is both.
    if (isWanted) listener.EnableMeasurementEvents(instrument);
};
metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Console.WriteLine($"{instrument.Name} {Text(tags)}"));
metrics.SetMeasurementEventCallback<long>((instrument, value, _, _) => Console.WriteLine($"{instrument.Name} = {value} {instrument.Unit}"));
metrics.Start();

using ActivityListener traces = new()
{
    ShouldListenTo = source => source.Name == "TrustRpc",
    Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
};
ActivitySource.AddActivityListener(traces);

await using RpcServer server = new();
server.Services.Add("trace", () => Activity.Current!.TraceId.ToString());
await server.StartAsync("unix:telemetry.sock");
await using RpcClient client = await RpcClient.ConnectAsync("unix:telemetry.sock");

using Activity mine = new("my work");
mine.Start();
string theirs = await client.CallAsync<string>("trace");
Console.WriteLine(theirs == mine.TraceId.ToString() ? "One trace spans both." : "Two traces.");
metrics.RecordObservableInstruments();

static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    => string.Join(", ", tags.ToArray().Where(tag => tag.Key.StartsWith("rpc.")).Select(tag => $"{tag.Key}={tag.Value}"));
