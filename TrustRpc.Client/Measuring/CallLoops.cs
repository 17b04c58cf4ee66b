using System.Collections.Concurrent;
using System.Diagnostics;

namespace TrustRpc.Client.Measuring;

/// <summary>Calls one method over and over, so many at once on each connection; what is called while it warms up does not count.</summary>
/// <param name="method">The method.</param>
/// <param name="values">Its arguments, by position an array.</param>
internal sealed class CallLoops(string method, object values)
{
    private readonly ConcurrentDictionary<RpcErrorCode, long> _errors = new();
    private volatile bool _isRecording;
    private volatile bool _isOver;

    /// <summary>The errors of the calls that count, by their codes.</summary>
    public IReadOnlyDictionary<RpcErrorCode, long> Errors => _errors;

    /// <summary>How long the calls were counted.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Runs until the time is up or the token fires.</summary>
    /// <returns>How long the calls took that succeeded.</returns>
    /// <exception cref="RpcConnectionException">A connection was lost.</exception>
    public async Task<Latencies> RunAsync(IReadOnlyList<RpcClient> clients, int inFlight, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellationToken)
    {
        Task<Latencies>[] loops = [.. clients.SelectMany(client => Enumerable.Range(0, inFlight).Select(_ => Task.Run(() => LoopAsync(client), CancellationToken.None)))];

        // A thread of its own: a timer's callback would stand in line behind the calls in a busy pool.
        await Task.Factory.StartNew(
            () =>
            {
                cancellationToken.WaitHandle.WaitOne(warmUp);
                long start = Stopwatch.GetTimestamp();
                _isRecording = true;
                cancellationToken.WaitHandle.WaitOne(duration);
                _isOver = true;
                Elapsed = Stopwatch.GetElapsedTime(start);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Latencies all = new();
        foreach (Latencies one in await Task.WhenAll(loops))
        {
            all.Add(one);
        }

        return all;
    }

    private async Task<Latencies> LoopAsync(RpcClient client)
    {
        Latencies latencies = new();
        object?[]? positional = values as object?[];
        long last = Stopwatch.GetTimestamp();
        while (!_isOver)
        {
            RpcErrorCode error = RpcErrorCode.None;
            try
            {
                _ = await (positional is not null ? client.CallAsync<Ignored>(method, positional) : client.CallAsync<Ignored>(method, values));
            }
            catch (RpcCallException e)
            {
                error = e.Code;
            }

            long now = Stopwatch.GetTimestamp();
            if (_isRecording && !_isOver)
            {
                Count(error, now - last, latencies);
            }

            last = now;
        }

        return latencies;
    }

    private void Count(RpcErrorCode error, long ticks, Latencies latencies)
    {
        if (error == RpcErrorCode.None)
        {
            latencies.Add(ticks);
        }
        else
        {
            _errors.AddOrUpdate(error, 1, static (_, count) => count + 1);
        }
    }
}
