using System.Text.Json;

namespace TrustRpc;

/// <summary>
/// An error of a call or a connection. A method throws it to fail on purpose: its code and message travel to the caller as they are,
/// while any other exception becomes <see cref="RpcErrorCode.InternalError"/> with an error id and no detail.
/// </summary>
/// <remarks>
/// What a caller catches tells what can still be used: <see cref="RpcCallException"/> (this call failed, the connection is fine),
/// <see cref="RpcConnectionException"/> (the connection is gone), <see cref="TrustException"/> (the peer is not trusted; no connection came about).
/// </remarks>
public class RpcException : Exception
{
    /// <summary>Makes an error that a method raises on purpose, with the code <see cref="RpcErrorCode.ApplicationError"/>.</summary>
    /// <param name="message">What the caller reads.</param>
    public RpcException(string message)
        : this(RpcErrorCode.ApplicationError, message)
    {
    }

    /// <summary>Makes an error that a method raises on purpose.</summary>
    /// <param name="code">The code that travels; any integer but 0.</param>
    /// <param name="message">What the caller reads.</param>
    /// <param name="innerException">The cause, for the local log alone: it never travels.</param>
    public RpcException(RpcErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The code (<c>docs/PROTOCOL.md</c>, section 5.1).</summary>
    public RpcErrorCode Code { get; }

    /// <summary>The error's <c>data</c> member, any JSON value; null where there is none. Set by a method, it travels; where it cannot be written, because its document is disposed by then say, the message says so in its place.</summary>
    public JsonElement? ErrorData { get; init; }

    /// <summary>True where the call's arguments hold a sequence whose enumeration may have begun: it cannot be sent a second time.</summary>
    internal bool HasBegunSequence { get; set; }

    /// <summary>The streams of the connection from which a sequence came that broke with this, where it was an argument of a call that this side runs; null = it is of another origin.</summary>
    internal object? BrokeArgumentOf { get; set; }
}
