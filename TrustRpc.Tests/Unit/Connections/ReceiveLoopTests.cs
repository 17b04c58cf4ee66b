using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class ReceiveLoopTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_takes_over_from_a_reader_that_has_read_the_last_bytes_reads_no_more(bool hasReaderThread)
    {
        using ManualResetEventSlim gate = new();
        TaskCompletionSource tookOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] last = [.. RawPeer.Frames(RawPeer.Result(1, "1"), RawPeer.Result(2, "2")), 0, 0, 0, 0];
        using ScriptedStream stream = new(last, RawPeer.Frame(RawPeer.Request(3, "unheard")));
        ConnectionSettings settings = new() { MaxFrame = 4096, MaxCalls = 64, HasReaderThread = hasReaderThread };
        RpcConnection connection = StreamConnection.Create(stream, new RpcServices(), settings);

        Task<bool> reader = Patience.OnOwnThread(() =>
        {
            connection.CallAsync<int>("stuck").AsTask().GetAwaiter().OnCompleted(gate.InTime);
            connection.CallAsync<int>("goes on").AsTask().GetAwaiter().OnCompleted(tookOver.SetResult);
            connection.StartOnThisThread();
            return true;
        });
        await tookOver.Task.InTime();
        Assert.Contains("broke the protocol", await connection.Closed.InTime(), StringComparison.Ordinal);
        gate.Set();
        await reader.InTime();

        Assert.Single(stream.Asked);
    }
}
