using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>How long a stream may take: each item, and where asked for the whole.</summary>
public class StreamTimeTests
{
    private readonly Sequences _made = new();

    [RpcService]
    public interface ICounting
    {
        [RpcMethod("countAndWait", StreamTimeoutMilliseconds = 2_000)]
        IAsyncEnumerable<int> CountAndWait(int count);
    }

    public interface IWrong
    {
        [RpcMethod(StreamTimeoutMilliseconds = -2)]
        IAsyncEnumerable<int> Count(int count);
    }

    [Fact]
    public async Task An_item_that_does_not_come_in_time_is_an_error_and_the_whole_may_take_as_long_as_it_likes()
    {
        ManualTimeProvider time = new();
        TaskCompletionSource[] gates = [.. Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", options => options.TimeProvider = time, options => options.TimeProvider = time);
        pair.Server.Services.Add("gated", () => Gated(gates));
        await using IAsyncEnumerator<int> items = pair.Client
            .StreamAsync<int>("gated", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(10) }).GetAsyncEnumerator();

        for (int i = 0; i < 2; i++)
        {
            Task<bool> move = items.MoveNextAsync().AsTask();
            await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
            time.Advance(TimeSpan.FromSeconds(9));
            gates[i].SetResult();
            Assert.True(await move.InTime());
        }

        Task<bool> last = items.MoveNextAsync().AsTask();
        await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
        time.Advance(TimeSpan.FromSeconds(11));
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => last.InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
        gates[2].SetResult();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_ends_when_the_time_that_was_set_for_the_whole_is_up(bool blocks)
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", client: options => options.TimeProvider = time);
        RpcCallOptions options = new() { Timeout = Timeout.InfiniteTimeSpan, StreamTimeout = TimeSpan.FromSeconds(1) };
        List<int> items = [];
        Task all = blocks
            ? Patience.OnOwnThread(() =>
            {
                foreach (int item in pair.Client.Stream<int>("countAndWait", [3], options)) items.Add(item);
                return true;
            })
            : Task.Run(async () =>
            {
                await foreach (int item in pair.Client.StreamAsync<int>("countAndWait", [3], options)) items.Add(item);
            });
        await _made.WaitsAsync();
        await Patience.UntilAsync(() => items.Count == 3);

        time.Advance(TimeSpan.FromSeconds(1));

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => all.InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
        await _made.EndedAsync();
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Fact]
    public async Task A_member_of_a_proxied_interface_may_say_how_long_its_sequence_may_take_as_a_whole()
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", client: options =>
        {
            options.TimeProvider = time;
            options.CallTimeout = Timeout.InfiniteTimeSpan;
        });
        Task<List<int>> all = StreamMethods.ListAsync(pair.Client.Proxy<ICounting>().CountAndWait(3));
        await _made.WaitsAsync();

        time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
        Assert.False(all.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(RpcErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcCallException>(() => all.InTime())).Code);
        Assert.Contains("negative stream timeout", Assert.ThrowsAny<Exception>(pair.Client.Proxy<IWrong>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_of_the_whole_may_be_longer_than_a_timer_can_wait()
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", server => server.KeepAlive = TimeSpan.Zero, client => client.TimeProvider = time);
        RpcCallOptions options = new() { Timeout = Timeout.InfiniteTimeSpan, StreamTimeout = TimeSpan.FromDays(60) };
        Task<List<int>> all = Task.Run(() => pair.Client.Stream<int>("countAndWait", [3], options).ToList());
        await _made.WaitsAsync();

        for (int day = 1; day < 60; day++)
        {
            time.Advance(TimeSpan.FromDays(1));
        }

        Assert.False(all.IsCompleted);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(RpcErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcCallException>(() => all.InTime())).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_time_of_the_whole_includes_the_call_that_opens_the_stream(bool blocks)
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", client: options => options.TimeProvider = time);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Server.Services.Add("never", async Task<IAsyncEnumerable<int>> (CancellationToken token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return _made.Count(1);
        });
        RpcCallOptions options = new() { Timeout = Timeout.InfiniteTimeSpan, StreamTimeout = TimeSpan.FromSeconds(1) };
        Task all = blocks
            ? Patience.OnOwnThread(() => pair.Client.Stream<int>("never", [], options).Any())
            : pair.Client.StreamAsync<int>("never", [], options).AnyAsync().AsTask();
        await begun.Task.InTime();

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(RpcErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcCallException>(() => all.InTime())).Code);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Stream<int>("never", [], new RpcCallOptions { StreamTimeout = TimeSpan.Zero }));
    }

    private static async IAsyncEnumerable<int> Gated(TaskCompletionSource[] gates)
    {
        for (int i = 0; i < gates.Length; i++)
        {
            await gates[i].Task;
            yield return i;
        }
    }
}
