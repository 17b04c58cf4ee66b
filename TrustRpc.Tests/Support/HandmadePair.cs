using TrustRpc.Transports;

namespace TrustRpc.Tests.Support;

/// <summary>
/// Two connections joined over a transport by hand, so that what either end reads and writes passes through a stream of the test's. Both have the methods of <see cref="Specimen"/>. Or one
/// connection, and at its other end a stream on which a test speaks for the server.
/// </summary>
internal sealed class HandmadePair : IAsyncDisposable
{
    private static readonly TrustId Shared = TrustId.Generate();

    private readonly IStreamListener? _listener;
    private readonly string _directory;
    private readonly TransportLink _serverLink;

    private HandmadePair(IStreamListener? listener, string directory, TransportLink serverLink, TrustStream serverStream)
        => (_listener, _directory, _serverLink, ServerStream) = (listener, directory, serverLink, serverStream);

    public RpcConnection Client { get; private init; } = null!;

    public RpcConnection? Server { get; private init; }

    /// <summary>The server's proven end; the test's where there is no <see cref="Server"/>.</summary>
    public TrustStream ServerStream { get; }

    public static async Task<HandmadePair> OpenAsync(string transport, Func<Stream, Stream> wrap, bool hasServer = true)
    {
        TransportCase way = TransportCase.Find(transport);
        string directory = RpcPair.NewDirectory();
        IStreamListener? listener = await way.ListenAsync(directory);
        (TransportLink client, TransportLink server) = await HandmadeEnds.JoinAsync(listener, wrap, wrap);
        HandshakeMode? mode = listener?.Endpoint.Mode;
        Task<TrustStream> accepting = HandmadeEnds.ProveServerAsync(server, Shared, mode);
        Task<TrustStream> connecting = HandmadeEnds.ProveClientAsync(client, way, Shared, mode);
        await Task.WhenAll(accepting, connecting).InTime();
        RpcServices services = new RpcServices().Add(new Specimen());
        return new HandmadePair(listener, directory, server, accepting.Result)
        {
            Client = HandmadeEnds.Start(client, connecting.Result, services, way.LowLatency),
            Server = hasServer ? HandmadeEnds.Start(server, accepting.Result, services, way.LowLatency) : null,
        };
    }

    /// <summary>The server's end is gone, without a word.</summary>
    public async Task VanishAsync()
    {
        _serverLink.Abort();
        await _serverLink.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().InTime();
        if (Server is not null) await Server.DisposeAsync().InTime();
        if (_listener is not null) await _listener.DisposeAsync();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
