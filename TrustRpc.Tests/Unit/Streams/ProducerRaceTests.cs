using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Streams;

/// <summary>
/// Requests, aborts, deadlines and the end of the connection come to a producer from several threads at once, in an order that a printed seed decides together with the machine:
/// each request is answered once, the items come in order and without a gap, and the enumerator ends once.
/// </summary>
public sealed class ProducerRaceTests
{
    private const int Rounds = 3000;

    [Fact]
    public async Task A_producer_ends_once_and_answers_each_request_once_whatever_happens_at_the_same_time()
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

    [Fact]
    public void A_request_that_comes_when_the_connection_has_ended_its_sequences_is_told_so()
    {
        List<JsonElement> sent = [];
        StreamFake host = new() { Sending = sent.Add };
        Producers producers = new(host);
        SequenceProducer<int> producer = new(host, producers, "numbers", new Source(3, 0, fails: false), (JsonTypeInfo<int>)RpcJson.Options.GetTypeInfo(typeof(int)));
        producer.Open();

        producers.EndAll(StreamEnd.Drained);
        producer.Next(new RequestId(7), long.MaxValue);

        JsonElement error = Assert.Single(sent).GetProperty("error");
        Assert.Equal((int)RpcErrorCode.Cancelled, error.GetProperty("code").GetInt32());
        Assert.Equal("'numbers' was ended because the connection is closing.", error.GetProperty("message").GetString());
        Assert.True(producers.AreDrained);
    }

    private static async Task RunAsync(Random random)
    {
        StreamFake host = new();
        Producers producers = new(host);
        Source source = new(random.Next(40), random.Next(4), fails: random.Next(4) == 0);
        SequenceProducer<int> producer = new(host, producers, "numbers", source, (JsonTypeInfo<int>)RpcJson.Options.GetTypeInfo(typeof(int)));
        Consumer consumer = new(producer, producers);
        host.Sending = consumer.Heard;
        (int disturbance, int after, bool asAnswer) = (random.Next(6), 20 * random.Next(100), random.Next(2) == 0);

        await Task.WhenAll(Task.Run(Disturb), Task.Run(Open)).InTime();
        await consumer.Ended.InTime();
        await Patience.UntilAsync(() => source.Started == source.Disposed && producers.Count == 0);

        Assert.InRange(source.Disposed, 0, 1);
        Assert.False(source.WasMovedWhileMoving);
        Assert.Empty(consumer.Problems);

        void Disturb()
        {
            Thread.SpinWait(after);
            switch (disturbance)
            {
                case 0: producers.Abort(1); break;
                case 1: producers.EndAll(StreamEnd.Drained); break;
                case 2: producers.TryCancelNext(new RequestId(2)); break;
                case 3: producers.Expire(long.MaxValue); break;
            }
        }

        void Open()
        {
            try
            {
                if (!asAnswer)
                {
                    producer.Open();
                    consumer.Ask();
                }
                else if (producer.OpenAsAnswer(new RequestId(0)))
                {
                    producer.Execute();
                }
            }
            catch (RpcException)
            {
                consumer.WasRefused();
            }
        }
    }

    /// <summary>Yields numbers, now at once and now later, and watches how it is used.</summary>
    private sealed class Source(int count, int waits, bool fails) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        private int _moving;
        private CancellationToken _token;

        public int Started { get; private set; }

        public int Disposed { get; private set; }

        public bool WasMovedWhileMoving { get; private set; }

        public int Current { get; private set; } = -1;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            _token = cancellationToken;
            Started++;
            return this;
        }

        public async ValueTask<bool> MoveNextAsync()
        {
            WasMovedWhileMoving |= Interlocked.Exchange(ref _moving, 1) != 0;
            try
            {
                if (waits > 0 && (Current + 1) % waits == 0) await Task.Yield();
                _token.ThrowIfCancellationRequested();
                Current++;
                if (Current >= count && fails) throw new InvalidOperationException("no more");
                return Current < count;
            }
            finally
            {
                Volatile.Write(ref _moving, 0);
            }
        }

        public ValueTask DisposeAsync()
        {
            WasMovedWhileMoving |= Volatile.Read(ref _moving) != 0;
            Disposed++;
            return default;
        }
    }

    /// <summary>Asks as soon as it is answered, and keeps the books.</summary>
    private sealed class Consumer(SequenceProducer producer, Producers producers)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private readonly HashSet<long> _answered = [];
        private long _lastId;
        private int _next;

        public Task Ended => _ended.Task;

        public List<string> Problems { get; } = [];

        public void WasRefused() => _ended.TrySetResult();

        public void Ask()
        {
            long id;
            lock (_gate)
            {
                id = ++_lastId;
            }

            if (!producers.TryNext(producer.Token, new RequestId(id), long.MaxValue)) _ended.TrySetResult();
        }

        public void Heard(JsonElement message)
        {
            lock (_gate)
            {
                long id = message.GetProperty("id").GetInt64();
                if (!_answered.Add(id)) Problems.Add($"{id} was answered twice");
                if (message.TryGetProperty("error", out _))
                {
                    _ended.TrySetResult();
                    return;
                }

                JsonElement result = message.GetProperty("result");
                foreach (JsonElement item in result.GetProperty("values").EnumerateArray())
                {
                    if (item.GetInt32() != _next++) Problems.Add($"{item.GetInt32()} came out of turn");
                }

                bool finished = result.TryGetProperty("finished", out JsonElement last) ? last.GetBoolean() : !result.TryGetProperty("token", out _);
                if (finished)
                {
                    _ended.TrySetResult();
                    return;
                }
            }

            // As the peer would: from the connection's reader, which is another thread.
            ThreadPool.UnsafeQueueUserWorkItem(static consumer => consumer.Ask(), this, preferLocal: false);
        }
    }
}
