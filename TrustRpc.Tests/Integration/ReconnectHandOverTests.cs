using System.Collections.Concurrent;

namespace TrustRpc.Tests.Integration;

/// <summary>Calls without a pause, while servers come and go.</summary>
public sealed class ReconnectHandOverTests : IDisposable
{
    private const int Callers = 8;
    private const int Rounds = 5;
    private const int CallsPerRound = 500;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly string _directory = Directory.CreateTempSubdirectory("tr").FullName;
    private readonly TrustId _secret = TrustId.Generate();
    private readonly ConcurrentDictionary<int, int> _executed = new();
    private readonly ConcurrentDictionary<int, Exception?> _ended = new();
    private readonly CancellationTokenSource _enough = new();
    private TaskCompletionSource _reached = new();
    private int _target;
    private int _last;

    [Fact]
    public async Task No_call_is_lost_while_a_server_stops_and_another_starts_in_its_place()
    {
        RpcServer server = await StartAsync("a.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(Address("a.sock"), Options());
        Task calling = CallWithoutPause(client, default);

        for (int round = 0; round < Rounds; round++)
        {
            await MoreCallsAsync();
            await server.StopAsync();
            server = await StartAsync("a.sock");
        }

        await StopCallingAsync(calling);
        await server.DisposeAsync();
        Assert.All(_ended, call => Assert.Null(call.Value));
        Assert.All(_ended.Keys, call => Assert.Equal(1, _executed[call]));
    }

    [Fact]
    public async Task No_call_is_lost_while_clients_move_on_to_a_server_that_is_there_already()
    {
        RpcServer server = await StartAsync("a0.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(
            [.. Enumerable.Range(0, Rounds + 1).Select(i => Address($"a{i}.sock"))], Options());
        Task calling = CallWithoutPause(client, default);

        for (int round = 1; round <= Rounds; round++)
        {
            await MoreCallsAsync();
            RpcServer next = await StartAsync($"a{round}.sock");
            await server.StopAsync();
            server = next;
        }

        await StopCallingAsync(calling);
        await server.DisposeAsync();
        Assert.All(_ended, call => Assert.Null(call.Value));
        Assert.All(_ended.Keys, call => Assert.Equal(1, _executed[call]));
    }

    [Fact]
    public async Task Where_connections_are_cut_a_call_fails_only_where_it_may_have_been_executed_and_none_is_executed_twice()
    {
        await using RpcServer server = await StartAsync("a.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(Address("a.sock"), Options());
        Task calling = CallWithoutPause(client, default);

        for (int round = 0; round < Rounds; round++)
        {
            await MoreCallsAsync();
            CutAll(server);
        }

        await StopCallingAsync(calling);
        foreach ((int call, Exception? error) in _ended)
        {
            int executed = _executed.GetValueOrDefault(call);
            if (error is null)
            {
                Assert.Equal(1, executed);
            }
            else
            {
                Assert.True(Assert.IsType<RpcConnectionException>(error).MayHaveBeenExecuted);
                Assert.InRange(executed, 0, 1);
            }
        }
    }

    [Fact]
    public async Task Where_connections_are_cut_no_idempotent_call_fails()
    {
        await using RpcServer server = await StartAsync("a.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(Address("a.sock"), Options());
        Task calling = CallWithoutPause(client, new RpcCallOptions { Idempotent = true });

        for (int round = 0; round < Rounds; round++)
        {
            await MoreCallsAsync();
            CutAll(server);
        }

        await StopCallingAsync(calling);
        Assert.All(_ended, call => Assert.Null(call.Value));
        Assert.All(_ended.Keys, call => Assert.InRange(_executed[call], 1, Rounds + 1));
    }

    public void Dispose()
    {
        _enough.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static void CutAll(RpcServer server)
    {
        foreach (RpcConnection connection in server.Connections)
        {
            connection.Abort();
        }
    }

    private string Address(string name) => "unix://" + Path.Combine(_directory, name);

    private RpcClientOptions Options() => new() { TrustId = _secret, Reconnect = new RpcReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(20) } };

    private async Task<RpcServer> StartAsync(string name)
    {
        RpcServer server = new(new RpcServerOptions { TrustId = _secret, PreviousTrustIds = [], MaxCallsPerConnection = Callers - 2 });
        server.Services.Add("run", async (int call) =>
        {
            _executed.AddOrUpdate(call, 1, static (_, times) => times + 1);
            await Task.Yield();
            return call;
        });
        await server.StartAsync(Address(name));
        return server;
    }

    private Task CallWithoutPause(RpcClient client, RpcCallOptions options) => Task.WhenAll(
        [.. Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!_enough.IsCancellationRequested)
            {
                int call = Interlocked.Increment(ref _last);
                await EndAsync(call, async () => await client.CallAsync<int>("run", [call], options));
            }
        })),
        Task.Factory.StartNew(
            () =>
            {
                while (!_enough.IsCancellationRequested)
                {
                    int call = Interlocked.Increment(ref _last);
                    EndAsync(call, () => Task.FromResult(client.Call<int>("run", [call], options))).GetAwaiter().GetResult();
                }
            },
            TaskCreationOptions.LongRunning)]);

    private async Task EndAsync(int number, Func<Task<int>> call)
    {
        try
        {
            Assert.Equal(number, await call());
            _ended[number] = null;
        }
        catch (Exception e)
        {
            _ended[number] = e;
        }

        if (number >= Volatile.Read(ref _target))
        {
            _reached.TrySetResult();
        }
    }

    // Returns when so many more calls have been made: whatever happened before, calls go on.
    private async Task MoreCallsAsync()
    {
        Volatile.Write(ref _target, Volatile.Read(ref _last) + CallsPerRound);
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _reached.Task.WaitAsync(s_patience);
    }

    private async Task StopCallingAsync(Task calling)
    {
        await MoreCallsAsync();
        await _enough.CancelAsync();
        await calling.WaitAsync(s_patience);
    }
}
