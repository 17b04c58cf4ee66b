namespace TrustRpc.Streams;

/// <summary>Who ended a sequence before its producer did.</summary>
internal enum StreamEnd
{
    /// <summary>The consumer wants no more, or the call that the sequence was an argument of has ended.</summary>
    Consumer,

    /// <summary>A request for items was not answered in time.</summary>
    Deadline,

    /// <summary>The connection is ending, and its time to drain is over.</summary>
    Drained,

    /// <summary>The connection is gone: nobody is there to answer.</summary>
    ConnectionLost,
}
