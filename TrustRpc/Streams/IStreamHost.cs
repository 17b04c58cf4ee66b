using System.Text.Json;
using TrustRpc.Framing;

namespace TrustRpc.Streams;

/// <summary>What streams need of the connection that they belong to.</summary>
internal interface IStreamHost
{
    /// <summary>The largest body in bytes.</summary>
    int MaxFrame { get; }

    StreamLimits Limits { get; }

    /// <summary>Adds a frame to what is to be sent, and returns it: its beginning, and what follows. Nothing leaves before <see cref="Flush"/>.</summary>
    /// <exception cref="FrameTooLargeException">The whole exceeds the frame limit; nothing was added.</exception>
    void Add(FrameBuffer frame, ReadOnlySpan<byte> items = default, ReadOnlySpan<byte> end = default);

    /// <summary>Sees to it that what was added leaves. Not to be called under a lock: it may write.</summary>
    void Flush();

    /// <summary>For the reader: has work with user code in it begun as soon as everything that has arrived is sorted.</summary>
    void RunSoon(IThreadPoolWorkItem work);

    /// <summary>Runs work that is known to block, where it holds up nothing else.</summary>
    void RunApart(IThreadPoolWorkItem work);

    /// <summary>What a producer's failure tells the consumer; written to the log.</summary>
    StreamFailure Describe(Exception exception, string method);

    /// <summary>Sends a request for items of a sequence; where it cannot, the consumer has been told when this returns.</summary>
    /// <param name="consumer">Who asks.</param>
    /// <param name="withWork">For the reader: it may leave together with what the work sends that is about to be done.</param>
    void Ask(SequenceConsumer consumer, bool withWork = false);

    /// <summary>Tells the peer that no more items of its sequence are wanted.</summary>
    void Abort(long token);

    /// <summary>The consumer no longer waits for what it asked; a late answer is dropped.</summary>
    void GiveUp(IStreamRequest request);

    /// <summary>To be called by a thread that is about to block.</summary>
    void BeforeBlocking();

    /// <summary>The timestamp so far from now; <see cref="long.MaxValue"/> = never.</summary>
    long DeadlineAfter(TimeSpan delay);

    /// <summary>Sees to it that <see cref="Producers.Expire"/> is called at that time.</summary>
    void Watch(long deadline);
}

/// <summary>A request for items that is under way.</summary>
internal interface IStreamRequest;

/// <summary>What ends a sequence before its time.</summary>
internal readonly record struct StreamFailure(RpcErrorCode Code, string Message, JsonElement? Data = null)
{
    /// <summary>The same on both sides: which of the two notices first is chance.</summary>
    public static string NoItemInTime(string method) => $"No item of '{method}' was there in time.";

    public static string Drained(string method) => $"'{method}' was ended because the connection is closing.";
}
