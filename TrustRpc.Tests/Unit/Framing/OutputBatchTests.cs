using TrustRpc.Framing;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Framing;

public sealed class OutputBatchTests : IDisposable
{
    private readonly ScriptedStream _stream = new();
    private readonly OutputQueue _queue;

    public OutputBatchTests() => _queue = NewQueue(_stream);

    [Fact]
    public void What_a_thread_sends_in_a_batch_leaves_in_one_write_at_its_end()
    {
        OutputBatch.Begin();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));
        Assert.Empty(_stream.Writes);

        OutputBatch.End();

        Assert.Equal(RawPeer.Frames("1", "2"), Assert.Single(_stream.Writes));
        _queue.Add(RawPeer.Frame("3"));
        Assert.Equal(RawPeer.Frame("3"), _stream.Writes[1]);
    }

    [Fact]
    public async Task What_another_thread_sends_meanwhile_takes_along_what_was_held_back()
    {
        OutputBatch.Begin();
        _queue.Add(RawPeer.Frame("1"));

        await Patience.OnOwnThread(() =>
        {
            _queue.Add(RawPeer.Frame("2"));
            return true;
        }).InTime();

        Assert.Equal(RawPeer.Frames("1", "2"), Assert.Single(_stream.Writes));
        OutputBatch.End();
        Assert.Single(_stream.Writes);
    }

    [Fact]
    public async Task Whoever_closes_the_batch_of_a_thread_has_what_it_held_back_leave_and_it_holds_back_no_more()
    {
        using ManualResetEventSlim closed = new();
        TaskCompletionSource<OutputBatch> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<bool> stuck = Patience.OnOwnThread(() =>
        {
            OutputBatch batch = OutputBatch.Begin();
            _queue.Add(RawPeer.Frame("1"));
            begun.SetResult(batch);
            closed.InTime();
            _queue.Add(RawPeer.Frame("2"));
            return true;
        });

        (await begun.Task.InTime()).Close();

        Assert.Equal(RawPeer.Frame("1"), Assert.Single(_stream.Writes));
        closed.Set();
        await stuck.InTime();
        Assert.Equal(RawPeer.Frame("2"), _stream.Writes[1]);
    }

    [Fact]
    public void A_batch_holds_few_queues_at_a_time_and_what_goes_to_more_leaves_at_once()
    {
        ScriptedStream[] streams = [.. Enumerable.Range(0, 20).Select(_ => new ScriptedStream())];
        OutputQueue[] queues = [.. streams.Select(NewQueue)];
        OutputBatch.Begin();

        foreach (OutputQueue queue in queues)
            queue.Add(RawPeer.Frame("1"));

        Assert.Equal(4, streams.Count(stream => stream.Writes.Count == 1));
        OutputBatch.End();
        Assert.All(streams, stream => Assert.Single(stream.Writes));
    }

    [Fact]
    public void Much_leaves_on_the_way()
    {
        OutputBatch.Begin();

        _queue.Add(RawPeer.Frame(new string('x', 2000)));

        Assert.Single(_stream.Writes);
    }

    [Fact]
    public async Task Nothing_stays_behind_however_threads_and_those_who_close_their_batches_meet()
    {
        const int Frames = 2000;
        List<OutputBatch> batches = [];
        Task<bool>[] senders = [.. Enumerable.Range(0, 3).Select(_ => Patience.OnOwnThread(() =>
        {
            for (int i = 0; i < Frames; i++)
            {
                OutputBatch batch = OutputBatch.Begin();
                lock (batches)
                {
                    batches.Add(batch);
                }

                _queue.Add(RawPeer.Frame("1"));
            }

            return true;
        }))];
        while (!senders.All(sender => sender.IsCompleted))
        {
            OutputBatch[] begun;
            lock (batches)
            {
                begun = [.. batches];
                batches.Clear();
            }

            foreach (OutputBatch batch in begun)
                batch.Close();
        }

        await Task.WhenAll(senders).InTime();
        foreach (OutputBatch batch in batches)
            batch.Close();
        await Patience.UntilAsync(() => _queue.Unsent == 0);
        Assert.Equal(3 * Frames * RawPeer.Frame("1").Length, _stream.Written.Length);
    }

    public void Dispose() => OutputBatch.End();

    private static OutputQueue NewQueue(ScriptedStream stream) => new(stream, TimeProvider.System, _ => { });
}
