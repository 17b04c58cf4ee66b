using System.Collections.Concurrent;
using System.Text;
using TrustRpc.Connections;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class WorkQueueTests
{
    private readonly ConcurrentQueue<int> _begun = new();
    private readonly ScriptedStream _stream = new();
    private readonly OutputQueue _output;
    private readonly WorkQueue _queue;
    private int _successors;

    public WorkQueueTests()
    {
        _output = new OutputQueue(_stream, TimeProvider.System, _ => { });
        _queue = new WorkQueue(_output)
        {
            Succession = new Succession((queue, role) =>
            {
                Interlocked.Increment(ref _successors);
                ThreadPool.UnsafeQueueUserWorkItem(_ => queue.SucceedBesideReader(role), null);
            }),
        };
    }

    [Fact]
    public void What_a_reader_has_seized_is_left_to_it_by_whoever_worked_beside_it_before()
    {
        // A machine that holds this thread up takes the role from it, which is another test's matter.
        int tries = 0;
        while (!IsLeftToItsReader())
        {
            Assert.True(++tries < 20, "The role, and reading with it, is always taken from the reader.");
            _begun.Clear();
        }

        _queue.Release();
        _queue.Add(new Item(() => { }, 2, _begun));
        _queue.WorkBesideReader();
        Assert.Equal([1, 2], _begun);

        bool IsLeftToItsReader()
        {
            Assert.True(_queue.TrySeize(out int role));
            _queue.Add(new Item(() => { }, 1, _begun));

            _queue.WorkBesideReader();

            Assert.Empty(_begun);
            bool isLeft = _queue.WorkAsReader(role);
            Assert.Equal([1], _begun);
            if (!isLeft)
            {
                _queue.Release();
                SpinWait.SpinUntil(() => !_queue.IsWorking);
            }

            return isLeft;
        }
    }

    [Fact]
    public async Task Items_are_begun_in_their_order_on_the_readers_thread()
    {
        ConcurrentQueue<int> threads = new();
        int reader;
        do
        {
            // A machine that holds this thread up brings a successor in, which is another test's matter.
            await Patience.UntilAsync(() => threads.Count == _begun.Count && !_queue.IsWorking);
            threads.Clear();
            _begun.Clear();
            _successors = 0;
            reader = Environment.CurrentManagedThreadId;
            for (int i = 0; i < 100; i++)
                _queue.Add(new Item(() => threads.Enqueue(Environment.CurrentManagedThreadId), i, _begun));

            _queue.WorkBesideReader();
        }
        while (Volatile.Read(ref _successors) > 0);

        Assert.Equal(Enumerable.Range(0, 100), _begun);
        Assert.All(threads, thread => Assert.Equal(reader, thread));
        Assert.True(_queue.IsEmpty);
        Assert.False(_queue.IsWorking);
    }

    [Fact]
    public async Task An_item_that_is_stuck_gets_a_successor_who_goes_on_with_the_rest()
    {
        using ManualResetEventSlim gate = new();
        using CountdownEvent rest = new(10);
        _queue.Add(new Item(gate.InTime, 0, _begun));
        for (int i = 1; i <= 10; i++)
            _queue.Add(new Item(() => rest.Signal(), i, _begun));

        Task<bool> reader = Patience.OnOwnThread(() =>
        {
            _queue.WorkBesideReader();
            return true;
        });
        Assert.True(rest.Wait(Patience.Limit));

        Assert.Equal(Enumerable.Range(0, 11), _begun);
        Assert.False(reader.IsCompleted);
        gate.Set();
        await reader.InTime();
        Assert.True(_successors >= 1);
    }

    [Fact]
    public async Task What_the_items_of_a_batch_send_leaves_in_one_write()
    {
        for (int i = 0; i < 3; i++)
            _queue.Add(new Item(() => _output.Add(RawPeer.Frame("1")), i, _begun));

        _queue.WorkAsReader(role: 0);
        await Patience.UntilAsync(() => _begun.Count == 3 && _output.Unsent == 0);

        // A machine that holds this thread up brings a successor in, who has what has gathered leave at once.
        Assert.InRange(_stream.Writes.Count, 1, _successors == 0 ? 1 : 3);
    }

    [Fact]
    public void What_a_lone_item_sends_does_not_wait_for_it_to_return()
    {
        int unsent = -1;
        _queue.Add(new Item(
            () =>
            {
                _output.Add(RawPeer.Frame("1"));
                unsent = _output.Unsent;
            },
            0,
            _begun));

        _queue.WorkAsReader(role: 0);

        Assert.Equal(0, unsent);
    }

    [Fact]
    public async Task What_a_batch_sends_on_other_connections_leaves_together_at_its_end()
    {
        ScriptedStream stream = new();
        OutputQueue other = new(stream, TimeProvider.System, _ => { });
        for (int i = 0; i < 3; i++)
            _queue.Add(new Item(() => other.Add(RawPeer.Frame("1")), i, _begun));

        _queue.WorkBesideReader();
        await Patience.UntilAsync(() => _begun.Count == 3 && other.Unsent == 0);

        // The last item is alone, and what it sends waits for nothing; a machine that holds this thread up brings a successor in, who has all of it leave at once.
        Assert.InRange(stream.Writes.Count, 2, _successors == 0 ? 2 : 3);
    }

    [Fact]
    public async Task What_an_item_that_is_stuck_has_sent_on_another_connection_leaves_without_it()
    {
        OutputQueue other = new(new ScriptedStream(), TimeProvider.System, _ => { });
        using ManualResetEventSlim gate = new();
        _queue.Add(new Item(
            () =>
            {
                other.Add(RawPeer.Frame("1"));
                gate.InTime();
            },
            0,
            _begun));
        _queue.Add(new Item(() => { }, 1, _begun));

        Task<bool> stuck = Patience.OnOwnThread(() =>
        {
            _queue.WorkBesideReader();
            return true;
        });

        await Patience.UntilAsync(() => !_begun.IsEmpty && other.Unsent == 0);
        Assert.False(stuck.IsCompleted);
        gate.Set();
        await stuck.InTime();
    }

    [Fact]
    public async Task A_reader_whose_role_was_taken_is_told_so_and_its_successor_reads()
    {
        using ManualResetEventSlim gate = new();
        TaskCompletionSource<bool> successor = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WorkQueue queue = new(_output)
        {
            Succession = new Succession((taken, role) => Patience.OnOwnThread(() => taken.SucceedAsReader(role)).ContinueWith(t => successor.SetResult(t.Result), TaskScheduler.Default)),
        };
        queue.Add(new Item(gate.InTime, 0, _begun));
        queue.Add(new Item(() => { }, 1, _begun));

        Task<bool> reader = Patience.OnOwnThread(() => queue.WorkAsReader(role: 0));
        Assert.True(await successor.Task.InTime(), "The successor is to read.");
        gate.Set();

        Assert.False(await reader.InTime(), "The one who was stuck is not.");
        Assert.Equal([0, 1], _begun);
    }

    [Fact]
    public async Task A_thread_that_is_about_to_block_gives_its_role_up_at_once()
    {
        using ManualResetEventSlim second = new();
        int successorsAtOnce = 0;
        _queue.Add(new Item(
            () =>
            {
                WorkQueue.BeforeBlocking();
                successorsAtOnce = _successors;
                second.InTime();
            },
            0,
            _begun));
        _queue.Add(new Item(second.Set, 1, _begun));

        await Task.Run(_queue.WorkBesideReader).InTime();

        // More follow where the machine is so busy that the successor looks stuck as well.
        Assert.NotEqual(0, successorsAtOnce);
        await Patience.UntilAsync(() => !_queue.IsWorking);
    }

    [Fact]
    public async Task Under_random_stress_every_item_runs_once_although_many_wait_for_later_ones()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        const int count = 3000;
        int[] runs = new int[count];
        ManualResetEventSlim[] started = [.. Enumerable.Range(0, count).Select(_ => new ManualResetEventSlim())];
        using CountdownEvent ended = new(count);

        // Some wait until a later item has begun, as calls that depend on one another do: one that is left behind hangs the test.
        Item[] items = [.. Enumerable.Range(0, count).Select(i =>
        {
            int awaited = random.Next(20) == 0 ? Math.Min(i + random.Next(1, 4), count - 1) : i;
            return new Item(
                () =>
                {
                    Interlocked.Increment(ref runs[i]);
                    started[i].Set();
                    started[awaited].Wait(Patience.Limit);
                    ended.Signal();
                },
                i,
                _begun);
        })];
        int[] batches = [.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? random.Next(1, 20) : 1)];

        // As the asynchronous reader does: the next read goes on elsewhere while this thread works.
        void Read(int at, int batch)
        {
            int end = Math.Min(at + batches[batch], count);
            for (int i = at; i < end; i++)
                _queue.Add(items[i]);
            if (end < count) ThreadPool.UnsafeQueueUserWorkItem(_ => Read(end, batch + 1), null);
            _queue.WorkBesideReader();
        }

        ThreadPool.UnsafeQueueUserWorkItem(_ => Read(0, 0), null);

        Assert.True(await Patience.OnOwnThread(() => ended.Wait(Patience.Limit)), $"Seed {seed}: {ended.CurrentCount} items did not end.");
        Assert.All(runs, run => Assert.Equal(1, run));
        await Patience.UntilAsync(() => !_queue.IsWorking);
        foreach (ManualResetEventSlim signal in started)
            signal.Dispose();
    }

    [Fact]
    public async Task A_method_that_was_seen_to_block_holds_the_queue_up_twice_and_not_for_each_of_its_calls()
    {
        const int count = 40;
        using ManualResetEventSlim gate = new();
        using CountdownEvent begun = new(count);
        RpcServices services = new();
        services.Add("block", () =>
        {
            begun.Signal();
            gate.InTime();
        });
        Assert.True(services.TryFind("block"u8, out MethodDescriptor? method));
        await using RawConversation conversation = RawConversation.Start(services);
        for (int i = 0; i < count; i++)
            _queue.Add(Call(conversation.Connection, i, method));
        using ManualResetEventSlim behind = new();
        _queue.Add(new Item(behind.Set, count, _begun));

        Task<bool> reader = Patience.OnOwnThread(() =>
        {
            _queue.WorkBesideReader();
            return true;
        });
        behind.InTime();
        Assert.True(begun.Wait(Patience.Limit));

        // Two were stuck, the first of which might have been compiled; a busy machine may make a thread or two look as if they were.
        Assert.InRange(_successors, 2, count / 4);
        gate.Set();
        await reader.InTime();
    }

    private static ActiveCall Call(RpcConnection connection, int id, MethodDescriptor method)
    {
        Envelope envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(RawPeer.Request(id, method.Name)));
        return ActiveCall.Rent(connection, in envelope, method);
    }

    private sealed class Item(Action run, int number, ConcurrentQueue<int> begun) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            begun.Enqueue(number);
            run();
        }
    }

    private sealed class Succession(Action<WorkQueue, int> succeed) : ISuccession
    {
        public void Succeed(WorkQueue work, int role) => succeed(work, role);
    }
}
