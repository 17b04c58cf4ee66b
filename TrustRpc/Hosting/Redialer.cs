using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>Connects again and again, with growing delays, until it succeeds or is refused too often in a row. For one caller at a time.</summary>
internal sealed class Redialer(FallbackDialer dialer, RpcReconnectOptions options, TimeProvider time)
{
    private readonly BackOff _backOff = new(options);
    private long _connectedAt = time.GetTimestamp();
    private string? _failure;

    public string Names => dialer.Names;

    /// <summary>Why the last try failed; null = none has since the last connection.</summary>
    public string? LastFailure => Volatile.Read(ref _failure);

    /// <exception cref="TrustException">Refused too often.</exception>
    /// <exception cref="OperationCanceledException">The token has fired.</exception>
    public Task<RpcConnection> ConnectAsync(CancellationToken cancellationToken) => ConnectAsync(blocks: false, cancellationToken);

    /// <summary>As <see cref="ConnectAsync(CancellationToken)"/>, blocking the calling thread and needing no free one of the pool.</summary>
    public RpcConnection Connect(CancellationToken cancellationToken) => ConnectAsync(blocks: true, cancellationToken).GetAwaiter().GetResult();

    private async Task<RpcConnection> ConnectAsync(bool blocks, CancellationToken cancellationToken)
    {
        // A server that takes connections and drops them at once is not hammered.
        if (time.GetElapsedTime(_connectedAt) >= _backOff.Coming)
        {
            _backOff.Reset();
        }

        int refusals = 0;
        TimeSpan delay = _backOff.Next();
        while (true)
        {
            if (delay > TimeSpan.Zero)
            {
                await DelayAsync(delay, blocks, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                Task<RpcConnection> connecting = dialer.ConnectAsync(cancellationToken);
                RpcConnection connection = blocks ? connecting.GetAwaiter().GetResult() : await connecting.ConfigureAwait(false);
                _connectedAt = time.GetTimestamp();
                Volatile.Write(ref _failure, null);
                return connection;
            }
            catch (RpcException e)
            {
                Volatile.Write(ref _failure, e.Message);
                refusals = e is TrustException { IsLasting: true } ? refusals + 1 : 0;
                ThrowIfHopeless(e, refusals);
                delay = Longer(_backOff.Next(), e is TrustException { Proven: true } patient ? patient.RetryAfter : null);
                RpcEventSource.Log.ConnectFailed(Names, e.Message, (long)delay.TotalMilliseconds);
            }
        }
    }

    // One that blocks does so by the system's clock itself: a timer's callback would need a thread of the pool.
    private Task DelayAsync(TimeSpan delay, bool blocks, CancellationToken cancellationToken)
    {
        if (!blocks || time != TimeProvider.System)
        {
            Task elapsing = Task.Delay(delay, time, cancellationToken);
            if (blocks)
            {
                elapsing.GetAwaiter().GetResult();
            }

            return elapsing;
        }

        cancellationToken.WaitHandle.WaitOne(delay);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    private void ThrowIfHopeless(RpcException e, int refusals)
    {
        if (options.MaxRefusals > 0 && refusals >= options.MaxRefusals)
        {
            throw new TrustException(((TrustException)e).Failure, $"Gave up connecting after {refusals} refusals in a row. {e.Message}", e);
        }
    }

    private static TimeSpan Longer(TimeSpan delay, TimeSpan? askedFor) => askedFor > delay ? askedFor.Value : delay;
}
