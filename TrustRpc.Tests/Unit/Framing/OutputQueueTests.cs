using System.Text;
using TrustRpc.Framing;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Framing;

public sealed class OutputQueueTests : IDisposable
{
    private readonly ScriptedStream _stream = new();
    private readonly ManualTimeProvider _time = new();
    private readonly List<Exception> _failures = [];
    private readonly OutputQueue _queue;

    public OutputQueueTests() => _queue = new OutputQueue(_stream, _time, _failures.Add);

    [Fact]
    public void A_lone_frame_leaves_on_its_callers_thread_before_the_caller_goes_on()
    {
        _queue.Add(RawPeer.Frame("1"));

        Assert.Equal(RawPeer.Frame("1"), Assert.Single(_stream.Writes));
        Assert.Equal(Environment.CurrentManagedThreadId, _stream.Threads[0]);
        Assert.Equal(0, _queue.Unsent);
        Assert.Equal(0, _queue.LastAccepted);
    }

    [Fact]
    public async Task Frames_that_come_while_a_write_runs_leave_together_in_their_order()
    {
        TaskCompletionSource gate = Hold();

        foreach (string body in (string[])["1", "2", "3", "4"])
            _queue.Add(RawPeer.Frame(body));
        Assert.Single(_stream.Writes);
        Assert.Equal(RawPeer.Frames("1", "2", "3", "4").Length, _queue.Unsent);
        Assert.True(_queue.HasGathered);
        _time.Advance(TimeSpan.FromSeconds(7));
        gate.SetResult();
        await Patience.UntilAsync(() => _queue.Unsent == 0);

        Assert.Equal(2, _stream.Writes.Count);
        Assert.Equal(RawPeer.Frames("2", "3", "4"), _stream.Writes[1]);
        Assert.Equal(_time.GetTimestamp(), _queue.LastAccepted);
    }

    [Fact]
    public async Task Many_threads_write_one_at_a_time_and_lose_tear_and_reorder_nothing()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        _stream.Gate = () =>
        {
            lock (random)
            {
                return random.Next(3) == 0 ? Task.Run(Thread.Yield) : Task.CompletedTask;
            }
        };

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Patience.OnOwnThread(() =>
        {
            for (int i = 0; i < 500; i++)
                _queue.Add(RawPeer.Frame($"{thread} {i}"));
            return true;
        }))).InTime();
        await Patience.UntilAsync(() => _queue.Unsent == 0);

        using FrameReader reader = new(new MemoryStream(_stream.Written), maxBody: 100);
        int[] next = new int[8];
        for (int read; (read = reader.Read()) > 0;)
        {
            reader.Received(read);
            while (reader.TryTake(out ReadOnlySpan<byte> body))
            {
                int[] parts = [.. Encoding.UTF8.GetString(body).Split(' ').Select(int.Parse)];
                Assert.True(next[parts[0]]++ == parts[1], $"Seed {seed}.");
            }
        }

        Assert.All(next, count => Assert.Equal(500, count));
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task What_the_thread_adds_that_has_it_corked_stays_until_there_is_more_or_it_is_flushed()
    {
        _queue.Cork();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));
        Assert.Empty(_stream.Writes);
        _queue.Uncork();
        _queue.Flush();
        Assert.Equal(RawPeer.Frames("1", "2"), Assert.Single(_stream.Writes));

        _queue.Cork();
        _queue.Add(RawPeer.Frame("3"));
        _queue.Add(RawPeer.Frame(new byte[100_000]));
        Assert.Equal(2, _stream.Writes.Count);
        _queue.Add(RawPeer.Frame("4"));
        Assert.Equal(2, _stream.Writes.Count);
        await Patience.OnOwnThread(() =>
        {
            _queue.Add(RawPeer.Frame("5"));
            return true;
        }).InTime();
        Assert.Equal(RawPeer.Frames("4", "5"), _stream.Writes[^1]);
    }

    [Fact]
    public async Task An_end_comes_also_where_the_last_frame_is_taken_back_meanwhile()
    {
        for (int round = 0; round < 5_000; round++)
        {
            OutputQueue queue = new(new ScriptedStream(), _time, _failures.Add);
            queue.Cork();
            queue.Add(RawPeer.Frame("1"));
            using Barrier start = new(2);
            Task takingBack = Task.Run(() =>
            {
                start.SignalAndWait();
                queue.TryTakeBack("1"u8);
            });
            start.SignalAndWait();

            Task finished = queue.FinishAsync();

            await takingBack.InTime();
            await finished.InTime();
        }
    }

    [Fact]
    public async Task A_thread_holds_nothing_back_any_more_once_another_has_corked_the_queue()
    {
        await Patience.OnOwnThread(() =>
        {
            _queue.Cork();
            Patience.OnOwnThread(() =>
            {
                _queue.Cork();
                return true;
            }).Wait();
            _queue.Add(RawPeer.Frame("1"));
            Assert.Single(_stream.Writes);
            _queue.Uncork();
            return true;
        }).InTime();
    }

    [Fact]
    public async Task A_frame_that_has_not_begun_to_leave_can_be_taken_back()
    {
        TaskCompletionSource gate = Hold();
        _queue.Add(RawPeer.Frame("\"leaving\""));
        foreach (string body in (string[])["\"first\"", "\"second\"", "\"third\""])
            _queue.Add(RawPeer.Frame(body));

        Assert.False(_queue.TryTakeBack("\"leaving"u8));
        Assert.False(_queue.TryTakeBack("\"fourth"u8));
        Assert.False(_queue.TryTakeBack("econd"u8));
        Assert.True(_queue.TryTakeBack("\"second"u8));
        Assert.False(_queue.TryTakeBack("\"second"u8));
        Assert.True(_queue.TryTakeBack("\"third"u8));
        gate.SetResult();
        await Patience.UntilAsync(() => _queue.Unsent == 0);

        Assert.Equal(RawPeer.Frames("\"leaving\"", "\"first\""), _stream.Written);
    }

    [Fact]
    public void A_request_that_is_taken_back_before_it_was_added_is_not_added_any_more()
    {
        RequestPlace place = RequestPlace.Caller;

        Assert.True(_queue.TryTakeBack("1"u8, ref place));
        Assert.False(_queue.TryAddRequest(RawPeer.Frame("1"), ref place));

        Assert.Empty(_stream.Written);
    }

    [Fact]
    public void A_request_that_has_left_cannot_be_taken_back()
    {
        RequestPlace place = RequestPlace.Caller;
        Assert.True(_queue.TryAddRequest(RawPeer.Frame("1"), ref place));

        Assert.False(_queue.TryTakeBack("1"u8, ref place));
    }

    [Fact]
    public async Task A_frame_taken_back_alone_leaves_nothing_to_write()
    {
        TaskCompletionSource gate = Hold();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));

        Assert.True(_queue.TryTakeBack("2"u8));
        Task finished = _queue.FinishAsync();
        gate.SetResult();

        await finished.InTime();
        Assert.Equal(RawPeer.Frame("1"), _stream.Written);
    }

    [Fact]
    public async Task A_write_that_fails_is_told_once_and_ends_the_queue()
    {
        TaskCompletionSource gate = Hold();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));

        gate.SetException(new IOException("cut"));
        await Patience.UntilAsync(() => _failures.Count == 1);
        _queue.Add(RawPeer.Frame("3"));
        _queue.Flush();

        Assert.Equal("cut", Assert.Single(_failures).Message);
        Assert.Single(_stream.Writes);
        Assert.Equal(0, _queue.Unsent);
    }

    [Fact]
    public async Task A_write_that_throws_at_once_is_told_as_well()
    {
        _stream.Gate = () => throw new InvalidOperationException("at once");

        _queue.Add(RawPeer.Frame("1"));

        await Patience.UntilAsync(() => _failures.Count == 1);
        Assert.Equal("at once", _failures[0].Message);
    }

    [Fact]
    public async Task Finishing_waits_for_what_was_added_and_takes_nothing_more()
    {
        TaskCompletionSource gate = Hold();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));

        Task finished = _queue.FinishAsync();
        _queue.Add(RawPeer.Frame("3"));
        Assert.False(finished.IsCompleted);
        gate.SetResult();
        await finished.InTime();

        Assert.Equal(RawPeer.Frames("1", "2"), _stream.Written);
    }

    [Fact]
    public async Task Once_it_is_finished_a_request_is_not_taken_and_that_is_said()
    {
        RequestPlace place = RequestPlace.Caller;
        await _queue.FinishAsync().InTime();

        Assert.False(_queue.TryAddRequest(RawPeer.Frame("1"), ref place));

        Assert.Equal(RequestPlace.Caller, place);
        Assert.Empty(_stream.Written);
    }

    [Fact]
    public async Task After_a_write_has_failed_nobody_waits_for_the_rest()
    {
        _stream.Gate = () => throw new IOException("cut");
        _queue.Add(RawPeer.Frame("1"));

        await _queue.FinishAsync().InTime();

        Assert.Single(_failures);
    }

    [Fact]
    public async Task Finishing_writes_what_a_cork_has_held_back()
    {
        _queue.Cork();
        _queue.Add(RawPeer.Frame("1"));

        await _queue.FinishAsync().InTime();

        Assert.Equal(RawPeer.Frame("1"), _stream.Written);
    }

    [Fact]
    public void Once_no_requests_are_taken_other_frames_still_are()
    {
        RequestPlace first = RequestPlace.Caller;
        RequestPlace second = RequestPlace.Caller;
        Assert.True(_queue.TryAddRequest(RawPeer.Frame("1"), ref first));
        Assert.Equal(RequestPlace.Queue, first);

        _queue.TakeNoRequests();

        Assert.False(_queue.TryAddRequest(RawPeer.Frame("2"), ref second));
        Assert.Equal(RequestPlace.Caller, second);
        _queue.Add(RawPeer.Frame("3"));
        Assert.Equal(RawPeer.Frames("1", "3"), _stream.Written);
    }

    [Fact]
    public void What_is_large_leaves_in_pieces_so_that_a_slow_peers_progress_shows()
    {
        byte[] frame = RawPeer.Frame(new byte[1_000_000]);

        _queue.Add(frame);

        Assert.Equal(frame, _stream.Written);
        Assert.All(_stream.Writes, write => Assert.InRange(write.Length, 1, 256 * 1024));
    }

    [Fact]
    public async Task Ending_drops_what_has_not_begun_to_leave()
    {
        TaskCompletionSource gate = Hold();
        _queue.Add(RawPeer.Frame("1"));
        _queue.Add(RawPeer.Frame("2"));

        _queue.End();
        gate.SetResult();
        _queue.Add(RawPeer.Frame("3"));
        await Patience.UntilAsync(() => _queue.Unsent == 0);

        Assert.Equal(RawPeer.Frame("1"), _stream.Written);
        Assert.Empty(_failures);
    }

    public void Dispose() => _stream.Dispose();

    [Theory]
    [InlineData("at once")]
    [InlineData("unhurried")]
    [InlineData("request")]
    public async Task What_is_more_than_may_wait_ends_the_queue_is_told_and_never_leaves(string how)
    {
        OutputQueue queue = new(_stream, _time, _failures.Add, mostUnsent: RawPeer.Frames("1", "2", "3").Length);
        TaskCompletionSource gate = Hold();
        queue.Add(RawPeer.Frame("1"));
        queue.Add(RawPeer.Frame("2"));
        queue.AddUnhurried(RawPeer.Frame("3"));
        Assert.Equal(RawPeer.Frames("1", "2", "3").Length, queue.Unsent);
        Assert.Empty(_failures);

        Add(RawPeer.Frame("4"));
        await Patience.UntilAsync(() => !queue.HasGathered);
        Add(RawPeer.Frame("5"));
        gate.SetResult();
        await queue.FinishAsync().InTime();

        Assert.IsType<OutputFullException>(Assert.Single(_failures));
        Assert.Equal(RawPeer.Frame("1"), _stream.Written);

        void Add(byte[] frame)
        {
            RequestPlace place = RequestPlace.Caller;
            switch (how)
            {
                case "at once":
                    queue.Add(frame);
                    break;
                case "unhurried":
                    queue.AddUnhurried(frame);
                    break;
                default:
                    Assert.False(queue.TryAddRequest(frame, ref place));
                    Assert.Equal(RequestPlace.Caller, place);
                    break;
            }
        }
    }

    [Fact]
    public void Never_does_more_wait_than_an_array_holds() => Assert.Equal(OutputFullException.MostEver, Array.MaxLength);

    private TaskCompletionSource Hold()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _stream.Gate = () => gate.Task;
        return gate;
    }
}
