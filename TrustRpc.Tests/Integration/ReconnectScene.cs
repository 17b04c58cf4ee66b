using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>A server that comes and goes, with methods that count their runs, and a client that connects again by a clock that the test moves.</summary>
public abstract class ReconnectScene : IDisposable
{
    private protected static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private protected readonly ManualTimeProvider _clock = new();
    private protected readonly SemaphoreSlim _begun = new(0);
    private protected readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private protected int _runs;
    private protected int _refusals;

    public void Dispose()
    {
        _begun.Dispose();
        GC.SuppressFinalize(this);
    }

    private async IAsyncEnumerable<int> ItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return 1;
        await _release.Task.WaitAsync(cancellationToken);
    }

    private protected void Register(RpcServices services) => services
        .Add("items", ItemsAsync)
        .Add("sum", async (IAsyncEnumerable<int> items) =>
        {
            if (_refusals-- > 0)
            {
                throw new RpcException(RpcErrorCode.Unavailable, "later");
            }

            int sum = 0;
            await foreach (int item in items)
            {
                sum += item;
            }

            return sum;
        })
        .Add("count", (int by) => Interlocked.Add(ref _runs, by))
        .Add("fail", int () => throw new RpcException("on purpose"))
        .Add("passOn", int () => throw new RpcCallException(RpcErrorCode.Unavailable, $"Run {Interlocked.Increment(ref _runs)} was answered so elsewhere."))
        .Add("blame", int (int code) =>
        {
            int run = Interlocked.Increment(ref _runs);
            throw new RpcException(RpcErrorCode.Unavailable, $"run {run}", new IOException("elsewhere", code == 0
                ? new RpcConnectionException("It is gone.", mayHaveBeenExecuted: true)
                : new RpcCallException((RpcErrorCode)code, "It failed.")));
        })
        .Add("copy", int () =>
        {
            Interlocked.Increment(ref _runs);
            RpcException lost = new RpcConnectionException("It is gone.", mayHaveBeenExecuted: true);
            throw new RpcException(lost.Code, lost.Message);
        })
        .Add("refuse", int () => _refusals-- > 0 ? throw new RpcException(RpcErrorCode.Unavailable, "later") : 3)
        .Add("hang", async () =>
        {
            int run = Interlocked.Increment(ref _runs);
            _begun.Release();
            await _release.Task;
            return run;
        });

    private protected RestartableServer Server() => new RestartableServer(Register).Start();

    private protected RpcClientOptions Options(RpcReconnectOptions? reconnect = null)
        => new() { TimeProvider = _clock, Reconnect = reconnect ?? new RpcReconnectOptions { Jitter = 0 } };

    private protected static BlockingCollection<RpcStateChangedEventArgs> Watch(RpcClient client)
    {
        BlockingCollection<RpcStateChangedEventArgs> states = [];
        client.StateChanged += (_, change) => states.Add(change);
        return states;
    }

    private protected static RpcStateChangedEventArgs Next(BlockingCollection<RpcStateChangedEventArgs> states)
        => states.TryTake(out RpcStateChangedEventArgs? change, s_patience) ? change : throw new TimeoutException();

    private protected async Task BegunAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(await _begun.WaitAsync(s_patience));
        }
    }

    // Returns when the first try has failed and the client waits for the second.
    private protected async Task LoseAsync(RestartableServer server, RpcClient client)
    {
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);
        server.Kill();
        Assert.Equal(RpcClientState.Reconnecting, Next(states).State);
        await _clock.WhenTimersActive();
    }
}
