namespace TrustRpc.Messages;

/// <summary>What one call may say beyond method and arguments.</summary>
/// <param name="Timeout">Null = what the connection says; infinite = none; zero or less = up already.</param>
/// <param name="Idempotent">It may be executed twice.</param>
internal readonly record struct CallSettings(TimeSpan? Timeout, bool Idempotent = false)
{
    /// <summary>How long an item of a sequence in the result may be waited for; null = as long as the answer, zero = what the connection says.</summary>
    public TimeSpan? ItemTimeout { get; init; }

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
