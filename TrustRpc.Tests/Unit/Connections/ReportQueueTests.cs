using System.Text.Json.Serialization.Metadata;
using TrustRpc.Connections;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Unit.Connections;

public class ReportQueueTests
{
    private readonly List<string> _heard = [];
    private readonly ReportQueue _queue = new("copy");
    private readonly ReportReceiver<string> _receiver;

    public ReportQueueTests()
        => _receiver = new(_queue, new Ear(_heard), (JsonTypeInfo<string>)RpcJson.Options.GetTypeInfo(typeof(string)));

    [Fact]
    public void Of_more_reports_than_may_wait_the_oldest_are_dropped()
    {
        for (int i = 0; i < 1030; i++) _queue.Add(_receiver, Json($"{i}"));
        _queue.Execute();

        Assert.Equal(Enumerable.Range(6, 1024).Select(i => $"{i}"), _heard);
    }

    [Fact]
    public void Large_ones_are_dropped_sooner_and_one_alone_may_be_as_large_as_it_is()
    {
        string half = new('x', 500_000);
        string most = new('x', 2_000_000);

        _queue.Add(_receiver, Json("1" + half));
        _queue.Add(_receiver, Json("2" + half));
        _queue.Add(_receiver, Json("3" + half));
        _queue.Execute();
        _queue.Add(_receiver, Json(most));
        _queue.Execute();
        _queue.Add(_receiver, Json("short"));
        _queue.Execute();

        Assert.Equal(["2" + half, "3" + half, most, "short"], _heard);
    }

    private static byte[] Json(string text) => [(byte)'"', .. System.Text.Encoding.UTF8.GetBytes(text), (byte)'"'];

    private sealed class Ear(List<string> heard) : IProgress<string>
    {
        public void Report(string value) => heard.Add(value);
    }
}
