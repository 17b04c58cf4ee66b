using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>Why a server turns a client away that holds the secret. The client learns it with a proof, as a <see cref="TrustException"/>. Immutable.</summary>
public sealed class TrustRefusal
{
    private readonly string _code;
    private readonly string _message;
    private readonly TimeSpan? _retryAfter;

    private TrustRefusal(TrustFailure failure, string code, string message, TimeSpan? retryAfter)
    {
        ArgumentException.ThrowIfNullOrEmpty(message);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, 500, nameof(message));
        if (retryAfter is { } wait) ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(retryAfter));
        (Failure, _code, _message) = (failure, code, message);
        _retryAfter = retryAfter > Refused.LongestRetryAfter ? Refused.LongestRetryAfter : retryAfter;
    }

    internal TrustFailure Failure { get; }

    /// <summary>The server takes no more connections now.</summary>
    /// <param name="message">What the client's user reads; 1 to 500 characters.</param>
    /// <param name="retryAfter">After how long another try may succeed; at most 60 s, more is cut to that; null = unknown.</param>
    public static TrustRefusal Busy(string message, TimeSpan? retryAfter = null) => new(TrustFailure.Busy, Refused.Busy, message, retryAfter);

    /// <summary>The server is locked down.</summary>
    /// <param name="message">What the client's user reads; 1 to 500 characters.</param>
    /// <param name="retryAfter">After how long another try may succeed; at most 60 s, more is cut to that; null = unknown.</param>
    public static TrustRefusal Locked(string message, TimeSpan? retryAfter = null) => new(TrustFailure.Locked, Refused.Locked, message, retryAfter);

    internal Refused ToMessage() => new() { Code = _code, Message = _message, RetryAfter = _retryAfter };
}
