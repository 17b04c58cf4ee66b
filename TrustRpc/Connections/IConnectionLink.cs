namespace TrustRpc.Connections;

/// <summary>The authenticated byte stream under a connection, and the ways to end it. The connection disposes it.</summary>
internal interface IConnectionLink : IAsyncDisposable
{
    Stream Stream { get; }

    /// <summary>For how much longer a read that has waited so long may block its thread; zero = it becomes asynchronous. Ignored where the transport cannot block.</summary>
    Func<TimeSpan, TimeSpan>? Patience { set; }

    /// <summary>Says that nothing follows: the close record where there are records, then the end of the stream. Nothing is written after it.</summary>
    ValueTask EndWritingAsync();

    /// <summary>Ends every read and write at once. Safe from any thread, any number of times.</summary>
    void Abort();
}
