using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Many calls at once on one connection, and methods that do not come back.</summary>
public class ConcurrencyTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_thousand_calls_from_16_threads_get_each_its_own_result(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        const int threads = 16;
        const int calls = 1000;

        Task<int>[] asked = new Task<int>[calls];
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Patience.OnOwnThread(() =>
        {
            for (int i = thread; i < calls; i += threads)
            {
                if (i % 5 == 0)
                    asked[i] = Task.FromResult(pair.Client.Call<int>("Add", [i, 1]));
                else
                    asked[i] = pair.Client.CallAsync<int>(i % 2 == 0 ? "Add" : "AddLater", [i, 1]).AsTask();
            }

            return true;
        }))).InTime();

        Assert.Equal(Enumerable.Range(1, calls), await Task.WhenAll(asked).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Calls_beyond_the_servers_limit_wait_for_their_turn(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxCallsPerConnection = 4);

        Task<int>[] later = [.. Enumerable.Range(0, 20).Select(i => pair.Client.CallAsync<int>("WaitForGate", [i]).AsTask())];
        Task<int> blocking = Patience.OnOwnThread(() => pair.Client.Call<int>("WaitForGate", [20]));
        await pair.Methods.EnteredAsync(4);
        pair.Methods.Open();

        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(later).InTime());
        Assert.Equal(20, await blocking.InTime());
        Assert.Equal(4, pair.Methods.MostRunning);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Whoever_has_read_an_answer_finds_the_place_of_its_call_free(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxCallsPerConnection = 1);

        for (int i = 0; i < 500; i++)
            Assert.Equal(i + 1, await pair.Client.CallAsync<int>(i % 2 == 0 ? "Add" : "AddLater", [i, 1]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_call_that_waits_for_its_turn_can_be_given_up(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxCallsPerConnection = 1);
        using CancellationTokenSource given = new();

        Task<int> first = pair.Client.CallAsync<int>("WaitForGate", [1]).AsTask();
        await pair.Methods.EnteredAsync();
        Task<int> second = pair.Client.CallAsync<int>("WaitForGate", [2], given.Token).AsTask();
        Task<int> third = pair.Client.CallAsync<int>("WaitForGate", [3]).AsTask();
        await given.CancelAsync();

        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.InTime());
        Assert.Equal(given.Token, e.CancellationToken);
        pair.Methods.Open();
        Assert.Equal(1, await first.InTime());
        Assert.Equal(3, await third.InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_blocked_method_delays_no_other_call(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Task<int> blocked = pair.Client.CallAsync<int>("Block", [7]).AsTask();
        for (int i = 0; i < 300; i++)
            Assert.Equal(i + 1, await pair.Client.CallAsync<int>("Add", [i, 1]).InTime());
        Task<int>[] together = [.. Enumerable.Range(0, 100).Select(i => pair.Client.CallAsync<int>("Add", [i, 1]).AsTask())];
        Assert.Equal(Enumerable.Range(1, 100), await Task.WhenAll(together).InTime());

        Assert.False(blocked.IsCompleted);
        pair.Methods.Open();
        Assert.Equal(7, await blocked.InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Many_blocked_methods_delay_no_other_call(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Task<int>[] blocked = new Task<int>[20];
        Task<int>[] free = new Task<int>[100];
        for (int i = 0; i < free.Length; i++)
        {
            if (i < blocked.Length) blocked[i] = pair.Client.CallAsync<int>("Block", [i]).AsTask();
            free[i] = pair.Client.CallAsync<int>("Add", [i, 1]).AsTask();
        }

        Assert.Equal(Enumerable.Range(1, 100), await Task.WhenAll(free).InTime());
        Assert.DoesNotContain(blocked, call => call.IsCompleted);
        pair.Methods.Open();
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(blocked).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_caller_whose_continuation_blocks_delays_no_other_call(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        using ManualResetEventSlim gate = new();
        using SemaphoreSlim began = new(0);

        async Task BlockAfterCall()
        {
            await pair.Client.CallAsync<int>("Add", [1, 2]).ConfigureAwait(false);
            began.Release();
            gate.InTime();
        }

        // Away from the test's own thread, which an answer that is there already would block.
        Task[] blocked = [.. Enumerable.Range(0, 10).Select(_ => Task.Run(BlockAfterCall))];
        for (int i = 0; i < blocked.Length; i++)
            Assert.True(await began.WaitAsync(Patience.Limit));
        Assert.Equal(5, await pair.Client.CallAsync<int>("Add", [2, 3]).InTime());
        gate.Set();
        await Task.WhenAll(blocked).InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_blocked_notification_delays_no_call(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        await pair.Client.NotifyAsync("Block", [1]).InTime();
        await pair.Client.NotifyAsync("Note", ["after it"]).InTime();
        await pair.Methods.EnteredAsync();

        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        Assert.Empty(pair.Methods.Notes);
        pair.Methods.Open();
        Assert.True(await pair.Methods.Noted.WaitAsync(Patience.Limit));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_a_method_sends_leaves_although_it_blocks_afterwards(string transport)
    {
        using ManualResetEventSlim heard = new();
        using ManualResetEventSlim heardAgain = new();
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services
            .Add("first", () => heard.Set())
            .Add("second", () => heardAgain.Set()));
        pair.Server.Services.Add("talk", (RpcContext context) =>
        {
            // The queue is taken from this thread while it blocks for the first time; what it sends then must leave all the same.
            context.NotifyAsync("first").AsTask().Wait();
            heard.InTime();
            context.NotifyAsync("second").AsTask().Wait();
            heardAgain.InTime();
        });

        // In one batch with others, so that what it sends may be gathered.
        Task[] calls = [.. Enumerable.Range(0, 10).Select(i => i == 5 ? pair.Client.CallAsync("talk").AsTask() : pair.Client.CallAsync<int>("Add", [1, 2]).AsTask())];

        await Task.WhenAll(calls).InTime();
    }
}
