using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>
/// The accept loop of every transport: goes on whatever a single peer or a lack of descriptors does to it, and stops at disposal alone.
/// </summary>
/// <param name="endpoint">The endpoint as bound.</param>
/// <param name="accept">Waits for one peer; null = it was turned away.</param>
/// <param name="owned">What listens; disposed once, when the listener is.</param>
/// <param name="time">The clock of the pauses.</param>
/// <param name="blocks">Whether <paramref name="accept"/> blocks its thread.</param>
/// <param name="failed">Is told once of each series of failures; null = nobody.</param>
internal sealed class StreamListener(
    RpcEndpoint endpoint, Func<CancellationToken, ValueTask<TransportLink?>> accept, IDisposable owned, TimeProvider time, bool blocks = false, Action<RpcEndpoint, Exception>? failed = null)
    : IStreamListener
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private int _isDisposed;

    public RpcEndpoint Endpoint => endpoint;

    public bool Blocks => blocks;

    public async ValueTask<TransportLink?> AcceptAsync()
    {
        TimeSpan pause = FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await accept(_stop.Token).ConfigureAwait(false) is { } link)
                    return link;
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected)
            {
                // That peer left while it waited; the next one is no worse for it.
            }
            catch (Exception e)
            {
                // Out of descriptors or memory, most likely: the peers wait in the system's queue until some come free.
                if (pause == FirstPause)
                    failed?.Invoke(endpoint, e);
                if (blocks)
                    PauseAsync(pause).GetAwaiter().GetResult(); // Else the next accept would block the thread of the pool on which the pause ends.
                else
                    await PauseAsync(pause).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        owned.Dispose();
    }

    private async Task PauseAsync(TimeSpan pause)
        => await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
