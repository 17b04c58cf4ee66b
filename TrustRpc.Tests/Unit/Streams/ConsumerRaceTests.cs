using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Streams;

/// <summary>
/// Batches, errors, cancellation and disposal come to a consumer from several threads at once: it hands the items out in order and without a gap, asks one at a time, holds
/// at most two batches, and tells the producer once that it wants no more, unless the producer has ended it.
/// </summary>
public sealed class ConsumerRaceTests
{
    private const int Rounds = 3000;

    [Fact]
    public async Task A_consumer_gets_each_item_once_and_ends_its_producer_once_whatever_happens_at_the_same_time()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        for (int round = 0; round < Rounds; round++)
        {
            try
            {
                await RunAsync(new Random(random.Next()));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, round {round}: {e.Message}", e);
            }
        }
    }

    private static async Task RunAsync(Random random)
    {
        Producer peer = new(batches: random.Next(12), fails: random.Next(4) == 0);
        using CancellationTokenSource given = new();
        int ended = 0;
        SequenceConsumer<int> consumer = new(
            peer, 7, "numbers", (JsonTypeInfo<int>)RpcJson.Options.GetTypeInfo(typeof(int)), Timeout.InfiniteTimeSpan, () => Interlocked.Increment(ref ended), default);
        int leaveAfter = random.Next(3) == 0 ? random.Next(40) : int.MaxValue;
        (bool cancels, int after, bool blocks) = (random.Next(3) == 0, 20 * random.Next(100), random.Next(2) == 0);

        Task<Exception?> consuming = blocks ? Patience.OnOwnThread(Block) : Task.Run(AwaitAsync);
        if (cancels)
        {
            Thread.SpinWait(after);
            await given.CancelAsync();
        }

        Exception? error = await consuming.InTime();
        await Patience.UntilAsync(() => Volatile.Read(ref ended) == 1);

        Assert.True(error is null or OperationCanceledException or RpcCallException, $"{error}");
        if (error is OperationCanceledException cancelled) Assert.Equal(given.Token, cancelled.CancellationToken);
        if (error is null && leaveAfter > peer.Items) Assert.Equal(peer.Items, peer.Taken);
        Assert.Empty(peer.Problems);
        Assert.InRange(peer.Aborts, 0, 1);
        if (peer.IsOver) Assert.True(peer.Aborts == 0 || error is OperationCanceledException || leaveAfter <= peer.Items);

        async Task<Exception?> AwaitAsync()
        {
            consumer.Enumerate(given.Token);
            try
            {
                while (peer.Taken < leaveAfter && await consumer.MoveNextAsync())
                    peer.Take(consumer.Current);
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
            finally
            {
                await consumer.DisposeAsync();
            }
        }

        Exception? Block()
        {
            consumer.Enumerate(given.Token);
            try
            {
                while (peer.Taken < leaveAfter && consumer.MoveNext())
                    peer.Take(consumer.Current);
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
            finally
            {
                consumer.Dispose();
            }
        }
    }

    /// <summary>A connection whose peer answers each request from another thread, one after the other as a reader does, a few items at a time.</summary>
    private sealed class Producer(int batches, bool fails) : IStreamHost
    {
        private const int BatchSize = 3;

        private readonly Lock _gate = new();
        private Task _reader = Task.CompletedTask;
        private int _asking;
        private int _sent;
        private int _taken;
        private int _aborts;
        private volatile bool _over;

        public int Items => batches * BatchSize;

        public int Taken => Volatile.Read(ref _taken);

        public int Aborts => Volatile.Read(ref _aborts);

        public bool IsOver => _over;

        public List<string> Problems { get; } = [];

        public int MaxFrame => 1 << 20;

        public StreamLimits Limits => StreamLimits.Default;

        public void Take(int item)
        {
            if (item != _taken) Problem($"{item} came out of turn");
            Volatile.Write(ref _taken, _taken + 1);
        }

        public void Ask(SequenceConsumer consumer, bool withWork = false)
        {
            if (Interlocked.Exchange(ref _asking, 1) != 0) Problem("it asked while a request was open");
            if (Volatile.Read(ref _sent) - (Taken / BatchSize) > 2) Problem("it asked although two batches were held");
            consumer.Requested(new Request());
            lock (_gate)
            {
                _reader = _reader.ContinueWith(_ => Answer(consumer), TaskScheduler.Default);
            }
        }

        public void Abort(long token) => Interlocked.Increment(ref _aborts);

        public void GiveUp(IStreamRequest request)
        {
        }

        public void BeforeBlocking()
        {
        }

        public void Add(FrameBuffer frame, ReadOnlySpan<byte> items = default, ReadOnlySpan<byte> end = default) => throw new NotSupportedException();

        public void Flush() => throw new NotSupportedException();

        public void RunSoon(IThreadPoolWorkItem work) => throw new NotSupportedException();

        public void RunApart(IThreadPoolWorkItem work) => throw new NotSupportedException();

        public StreamFailure Describe(Exception exception, string method) => throw new NotSupportedException();

        public long DeadlineAfter(TimeSpan delay) => long.MaxValue;

        public void Watch(long deadline)
        {
        }

        private void Answer(SequenceConsumer consumer)
        {
            int batch = Volatile.Read(ref _sent);
            bool last = batch >= batches - 1;
            Volatile.Write(ref _sent, batch + 1);
            Volatile.Write(ref _asking, 0);
            _over |= last;
            if (last && fails)
            {
                consumer.Failed(new RpcCallException(RpcErrorCode.ApplicationError, "no more"), byPeer: true);
            }
            else
            {
                string values = batches == 0 ? "" : string.Join(',', Enumerable.Range(batch * BatchSize, BatchSize));
                consumer.Answered(Encoding.UTF8.GetBytes($$"""{"values":[{{values}}],"finished":{{(last ? "true" : "false")}}}"""));
            }

            if (consumer.HasBlockedThread) consumer.Execute();
            else ThreadPool.UnsafeQueueUserWorkItem(consumer, preferLocal: false);
        }

        private void Problem(string text)
        {
            lock (Problems)
            {
                Problems.Add(text);
            }
        }

        private sealed class Request : IStreamRequest;
    }
}
