using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

[CollectionDefinition(nameof(SocketStreamTests), DisableParallelization = true)]
[Collection(nameof(SocketStreamTests))]
public sealed class SocketStreamTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("unix")]
    [InlineData("tls")]
    public async Task Abort_wakes_a_read_that_blocks_a_thread(string kind)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        using var reading = new ManualResetEventSlim();
        Task<int> read = Task.Factory.StartNew(
            () =>
            {
                reading.Set();
                return client.Stream.Read(new byte[1]);
            },
            TaskCreationOptions.LongRunning);
        reading.Wait(TransportKit.Patience);

        client.Abort();
        client.Abort();

        Exception? e = await Record.ExceptionAsync(() => read.WaitAsync(TransportKit.Patience));
        Assert.True(e is null or IOException, $"{e}");
        Assert.Equal(0, await server.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task Abort_wakes_a_write_that_blocks_a_thread()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        Task writing = Task.Factory.StartNew(() => client.Stream.Write(new byte[10_000_000]), TaskCreationOptions.LongRunning);
        await server.Stream.ReadExactlyAsync(new byte[1]);

        client.Abort();

        await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task Disposal_wakes_a_read_that_blocks_a_thread()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var second = server;
        using var reading = new ManualResetEventSlim();
        Task<int> read = Task.Factory.StartNew(
            () =>
            {
                reading.Set();
                return client.Stream.Read(new byte[1]);
            },
            TaskCreationOptions.LongRunning);
        reading.Wait(TransportKit.Patience);

        await client.DisposeAsync();

        Exception? e = await Record.ExceptionAsync(() => read.WaitAsync(TransportKit.Patience));
        Assert.True(e is null or IOException or ObjectDisposedException, $"{e}");
    }

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("unix", false)]
    [InlineData("unix", true)]
    [InlineData("tls", false)]
    public async Task Synchronous_reads_and_writes_need_no_thread_of_the_pool(string kind, bool spin)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        client.SpinWhile = spin ? () => true : null;

        bool poolWasStarved = await Task.Factory.StartNew(() => WithStarvedPool(() => PingPong(client.Stream, server.Stream)), TaskCreationOptions.LongRunning);

        Assert.True(poolWasStarved);
    }

    [Fact]
    public async Task Synchronous_reads_go_together_with_asynchronous_writes()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        byte[] content = new byte[3_000_000];
        new Random(11).NextBytes(content);
        Task echoing = EchoAsync(server.Stream, content.Length);
        byte[] received = new byte[content.Length];

        Task reading = Task.Factory.StartNew(() => client.Stream.ReadExactly(received), TaskCreationOptions.LongRunning);
        for (int at = 0; at < content.Length; at += 100_000)
            await client.Stream.WriteAsync(content.AsMemory(at, 100_000));
        await Task.WhenAll(echoing, reading).WaitAsync(TransportKit.Patience);

        Assert.Equal(content, received);
    }

    [Fact]
    public async Task A_read_of_nothing_waits_until_there_is_something_and_takes_none_of_it()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        Task<int> blocking = Task.Factory.StartNew(() => client.Stream.Read([]), TaskCreationOptions.LongRunning);
        Task<int> pending = server.Stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(pending.IsCompleted);

        await client.Stream.WriteAsync(new byte[] { 1 });
        await server.Stream.WriteAsync(new byte[] { 2 });

        Assert.Equal(0, await blocking.WaitAsync(TransportKit.Patience));
        Assert.Equal(0, await pending.WaitAsync(TransportKit.Patience));
        Assert.Equal(2, client.Stream.ReadByte());
        Assert.Equal(1, server.Stream.ReadByte());
    }

    [Fact]
    public async Task Spinning_stops_asking_once_nothing_is_expected_any_more()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        using var asked = new ManualResetEventSlim();
        int questions = 0;
        client.SpinWhile = () =>
        {
            asked.Set();
            return ++questions < 5;
        };
        Task<int> reading = Task.Factory.StartNew(client.Stream.ReadByte, TaskCreationOptions.LongRunning);
        asked.Wait(TransportKit.Patience);

        await server.Stream.WriteAsync(new byte[] { 9 });

        Assert.Equal(9, await reading.WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task A_connection_that_breaks_while_a_read_spins_leaves_its_place_to_others()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;
        await client.Stream.WriteAsync(new byte[] { 1 }); // Never read: closing the other end then breaks this one.
        int questions = 0;
        client.SpinWhile = () =>
        {
            if (++questions == 2)
                ((SocketStream)server.Stream).Dispose();
            return true;
        };

        Exception? e = await Record.ExceptionAsync(() => Task.Factory.StartNew(client.Stream.ReadByte, TaskCreationOptions.LongRunning).WaitAsync(TransportKit.Patience));

        Assert.True(e is null or IOException, $"{e}");
        Assert.Equal(0, SocketStream.Spinners);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    [InlineData("pipe")]
    public async Task With_a_reader_thread_of_its_own_everything_up_to_an_asynchronous_read_happens_on_it(string kind)
    {
        if (kind == "pipe" && OperatingSystem.IsWindows())
            return;
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint(kind));
        Task echoing = AcceptAndEchoAsync(listener, 3);
        byte[] received = new byte[3];

        Task client = Task.Factory.StartNew(
            () =>
            {
                TransportLink link = Now(Transport.ConnectAsync(listener.Endpoint, new TransportOptions { HasReaderThread = true }, default));
                Assert.True(link.OpenAsync(default).AsTask().IsCompletedSuccessfully);
                link.Stream.Write([1, 2, 3]);
                for (int read = 0; read < 3;)
                    read += Now(link.Stream.ReadAsync(received.AsMemory(read)));
                link.DisposeAsync().AsTask().Wait();
            },
            TaskCreationOptions.LongRunning);

        await Task.WhenAll(client, echoing).WaitAsync(TransportKit.Patience);
        Assert.Equal([1, 2, 3], received);
    }

    [Fact]
    public async Task With_a_reader_thread_of_its_own_a_cancelled_read_ends_the_connection()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        await using TransportLink client = await Transport.ConnectAsync(listener.Endpoint, new TransportOptions { HasReaderThread = true }, default);
        await using TransportLink? server = await listener.AcceptAsync();
        using var cancellation = new CancellationTokenSource();
        Task<int> reading = Task.Factory.StartNew(() => client.Stream.ReadAsync(new byte[1], cancellation.Token).AsTask(), TaskCreationOptions.LongRunning).Unwrap();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TransportKit.Patience));
        Assert.Equal(0, await server!.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
    }

    private static T Now<T>(ValueTask<T> finished)
    {
        Assert.True(finished.IsCompleted);
        return finished.GetAwaiter().GetResult();
    }

    private static async Task AcceptAndEchoAsync(IStreamListener listener, int length)
    {
        await using TransportLink? server = await listener.AcceptAsync();
        await server!.OpenAsync(default);
        await EchoAsync(server.Stream, length);
    }

    private static async Task EchoAsync(Stream stream, int length)
    {
        byte[] buffer = new byte[65_536];
        for (int done = 0, count; done < length; done += count)
        {
            count = await stream.ReadAsync(buffer);
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private static void PingPong(Stream client, Stream server)
    {
        var answering = new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
                server.WriteByte((byte)server.ReadByte());
        });
        answering.Start();
        for (int i = 0; i < 100; i++)
        {
            client.WriteByte((byte)i);
            Assert.Equal(i, client.ReadByte());
        }

        answering.Join();
    }

    /// <summary>Runs something while every thread that the pool may have is taken; false where the pool found one after all.</summary>
    private static bool WithStarvedPool(Action action)
    {
        ThreadPool.GetMaxThreads(out int workers, out int ports);
        ThreadPool.GetMinThreads(out int least, out _);
        int most = Math.Max(Environment.ProcessorCount, least);
        using var release = new ManualResetEventSlim();
        using var finished = new CountdownEvent(4 * most);
        bool poolWorked = false;
        ThreadPool.SetMaxThreads(most, ports);
        try
        {
            for (int i = 0; i < 4 * most; i++)
                ThreadPool.UnsafeQueueUserWorkItem(_ => Block(release, finished), null);
            ThreadPool.UnsafeQueueUserWorkItem(_ => Volatile.Write(ref poolWorked, true), null);
            action();
            return !Volatile.Read(ref poolWorked);
        }
        finally
        {
            release.Set();
            ThreadPool.SetMaxThreads(workers, ports);
            finished.Wait();
        }
    }

    private static void Block(ManualResetEventSlim release, CountdownEvent finished)
    {
        release.Wait();
        finished.Signal();
    }
}
