using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>A caller gives up: it goes on at once, the method learns of it, and the connection is none the worse.</summary>
public class CancellationTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_methods_token_fires_and_the_caller_gets_its_own_token_back(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        using CancellationTokenSource given = new();

        Task<string> call = pair.Client.CallAsync<string>("WaitForCancellation", [], given.Token).AsTask();
        await pair.Methods.EnteredAsync();
        await given.CancelAsync();

        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal(given.Token, e.CancellationToken);
        Assert.True(call.IsCanceled);
        Assert.True(await pair.Methods.SawCancellation.WaitAsync(Patience.Limit));
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_method_that_calls_back_with_a_token_of_its_own_gets_that_one_back(bool blocks)
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource given = new();
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", client: options => options.Services.Add("wait", async (CancellationToken token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        }));
        pair.Server.Services.Add("ask", async (RpcContext context) =>
        {
            try
            {
                if (blocks)
                    context.Call("wait", [], given.Token);
                else
                    await context.CallAsync("wait", [], given.Token);
                return "nothing";
            }
            catch (OperationCanceledException e)
            {
                return e.CancellationToken == given.Token ? "its own" : "another";
            }
        });

        Task<string> call = pair.Client.CallAsync<string>("ask").AsTask();
        await begun.Task.InTime();
        await given.CancelAsync();

        Assert.Equal("its own", await call.InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_blocking_caller_is_woken(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        using CancellationTokenSource given = new();

        Task<string> call = Patience.OnOwnThread(() => pair.Client.Call<string>("WaitForCancellation", [], given.Token));
        await pair.Methods.EnteredAsync();
        await given.CancelAsync();

        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal(given.Token, e.CancellationToken);
        Assert.True(await pair.Methods.SawCancellation.WaitAsync(Patience.Limit));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_caller_goes_on_although_the_method_heeds_no_token(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        using CancellationTokenSource given = new();

        Task<int> call = pair.Client.CallAsync<int>("Block", [1], given.Token).AsTask();
        await pair.Methods.EnteredAsync();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_token_that_has_fired_before_sends_nothing(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        CancellationToken fired = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Client.CallAsync("Note", ["never"], fired).InTime());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.OnOwnThread(() => pair.Client.Call<int>("Note", ["never"], fired)).InTime());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.Client.NotifyAsync("Note", ["never"], fired).InTime());

        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        Assert.Empty(pair.Methods.Notes);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Giving_up_many_calls_at_random_moments_leaves_every_other_with_its_own_result(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxCallsPerConnection = 32);
        int seed = Random.Shared.Next();
        Random random = new(seed);
        int kept = 0;

        async Task CallAsync(int number, int patience)
        {
            using CancellationTokenSource given = new();
            ValueTask<int> call = pair.Client.CallAsync<int>("AddLater", [number, 1], given.Token);
            for (int i = 0; i < patience; i++)
                await Task.Yield();
            await given.CancelAsync();
            try
            {
                Assert.Equal(number + 1, await call);
                Interlocked.Increment(ref kept);
            }
            catch (OperationCanceledException e)
            {
                Assert.Equal(given.Token, e.CancellationToken);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => CallAsync(i, random.Next(40)))).InTime();

        Assert.True(kept is >= 0 and <= 1000, $"Seed {seed}.");
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_a_method_reads_from_its_caller_through_its_context_ends_with_its_own_call(string transport)
    {
        Sequences made = new();
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("countAndWait", (int count, CancellationToken token) => made.CountAndWait(count, token)));
        pair.Server.Services.Add("read", async (RpcContext context) => await context.StreamAsync<int>("countAndWait", [3]).CountAsync());
        using CancellationTokenSource given = new();

        Task<int> call = pair.Client.CallAsync<int>("read", [], given.Token).AsTask();
        await made.WaitsAsync();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await made.EndedAsync();
        Assert.Equal(1, made.Ended);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_a_method_has_asked_its_caller_is_given_up_with_its_own_call(string transport)
    {
        using SemaphoreSlim began = new(0);
        using SemaphoreSlim ended = new(0);
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("wait", async (CancellationToken token) =>
        {
            began.Release();
            await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => ended.Release(), TaskScheduler.Default);
        }));
        pair.Server.Services.Add("ask", async (RpcContext context) => await context.CallAsync("wait"));
        using CancellationTokenSource given = new();

        Task call = pair.Client.CallAsync("ask", [], given.Token).AsTask();
        Assert.True(await began.WaitAsync(Patience.Limit));
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.True(await ended.WaitAsync(Patience.Limit));
    }
}
