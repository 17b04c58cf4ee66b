using TrustRpc.Connections;

namespace TrustRpc.Tests.Support;

/// <summary>A connection of ours, and a raw peer at its other end that says what a test wants said.</summary>
internal sealed class RawConversation : IAsyncDisposable
{
    private RawConversation(RawPeer peer, RpcConnection connection, DuplexPair pair) => (Peer, Connection, Pair) = (peer, connection, pair);

    public RawPeer Peer { get; }

    public RpcConnection Connection { get; }

    public DuplexPair Pair { get; }

    public static RawConversation Start(
        RpcServices services,
        bool hasReaderThread = false,
        int maxFrame = 4096,
        int maxCalls = 64,
        int capacity = int.MaxValue,
        TimeProvider? time = null,
        Func<Stream, Stream>? wrap = null,
        bool exposesExceptions = false)
    {
        DuplexPair pair = DuplexPair.Create(capacity);
        ConnectionSettings settings = new() { MaxFrame = maxFrame, MaxCalls = maxCalls, HasReaderThread = hasReaderThread, Time = time ?? TimeProvider.System, ExposesExceptions = exposesExceptions };
        Stream stream = wrap is null ? pair.First : wrap(pair.First);
        RpcConnection connection = StreamConnection.Create(stream, services, settings);
        connection.Start();
        return new RawConversation(new RawPeer(pair.Second), connection, pair);
    }

    public async ValueTask DisposeAsync()
    {
        Connection.Abort();
        await Connection.Closed.InTime();
        Pair.Dispose();
    }
}
