namespace TrustRpc.Messages;

/// <summary>What one call may say beyond method and arguments.</summary>
/// <param name="Timeout">Null = what the connection says; infinite = none; zero or less = up already.</param>
/// <param name="Idempotent">It may be executed twice.</param>
internal readonly record struct CallSettings(TimeSpan? Timeout, bool Idempotent = false)
{
    public static CallSettings Of(RpcCallOptions options)
    {
        if (options.Timeout is { } timeout && timeout < TimeSpan.Zero && timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), timeout, "A call's timeout is zero or more; Timeout.InfiniteTimeSpan stands for none, null for the client's own.");
        }

        return new CallSettings(options.Timeout, options.Idempotent);
    }
}
