namespace TrustRpc.Hosting;

/// <summary>The delays between tries: none, then a growing series up to a limit, each longer or shorter by chance.</summary>
internal sealed class BackOff(RpcReconnectOptions options)
{
    private int _tries;

    /// <summary>The next delay, chance left out.</summary>
    public TimeSpan Coming => _tries == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(
        options.FirstDelay.TotalSeconds * Math.Pow(options.Growth, _tries - 1),
        options.MaxDelay.TotalSeconds / (1 + options.Jitter))); // So that chance has its full range also at the limit, and never exceeds it.

    public TimeSpan Next()
    {
        double chance = 1 + (options.Jitter * ((2 * options.Random.NextDouble()) - 1));
        TimeSpan delay = Coming * chance;
        _tries++;
        return delay;
    }

    public void Reset() => _tries = 0;
}
