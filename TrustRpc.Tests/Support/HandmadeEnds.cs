using TrustRpc.Connections;
using TrustRpc.Hosting;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Support;

/// <summary>Ends of a connection put together by hand over any way to join two: what a server or a client does, with a stream of the test's in between.</summary>
internal static class HandmadeEnds
{
    /// <summary>A link to the server of a pair, not yet proven.</summary>
    public static async Task<TransportLink> DialAsync(RpcPair pair, Func<Stream, Stream> wrap)
    {
        if (pair.Endpoint is { } endpoint)
            return await DialAsync(endpoint, wrap);
        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        _ = pair.Server.AcceptAsync(theirs).ContinueWith(static accepting => accepting.Exception, TaskScheduler.Default);
        return new PairLink(ours, wrap(ours));
    }

    /// <summary>Both ends of a connection that no server and no client has to do with.</summary>
    public static async Task<(TransportLink Client, TransportLink Server)> JoinAsync(IStreamListener? listener, Func<Stream, Stream> wrapClient, Func<Stream, Stream> wrapServer)
    {
        if (listener is null)
        {
            (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
            return (new PairLink(ours, wrapClient(ours)), new PairLink(theirs, wrapServer(theirs)));
        }

        Task<TransportLink> accepting = AcceptAsync(listener, wrapServer);
        TransportLink client = await DialAsync(listener.Endpoint, wrapClient);
        return (client, await accepting);
    }

    /// <summary>The next who connects to a listener.</summary>
    public static async Task<TransportLink> AcceptAsync(IStreamListener listener, Func<Stream, Stream> wrap)
        => await OpenAsync((await listener.AcceptAsync().InTime())!, wrap);

    /// <summary>Proves the client's end.</summary>
    public static Task<TrustStream> ProveClientAsync(TransportLink link, TransportCase way, TrustId secret, HandshakeMode? mode)
        => TrustStream.AuthenticateAsClientAsync(link.Stream, new TrustClientOptions
        {
            TrustId = secret,
            Channel = link.Channel,
            Certificate = link.Certificate,
            Modes = mode is { } only ? [only] : null,
            Suites = way.Suite is { } suite ? [suite] : null,
        });

    /// <summary>Proves the server's end.</summary>
    public static Task<TrustStream> ProveServerAsync(TransportLink link, TrustId secret, HandshakeMode? mode)
        => TrustStream.AuthenticateAsServerAsync(link.Stream, new TrustServerOptions
        {
            TrustId = secret,
            Channel = link.Channel,
            Certificate = link.Certificate,
            Modes = mode is { } only ? [only] : null,
        });

    /// <summary>Puts a connection on a proven end; it has been started.</summary>
    public static RpcConnection Start(TransportLink link, TrustStream stream, RpcServices services, bool onThread)
    {
        TrustedLink trusted = new(link, stream);
        RpcConnection connection = new(trusted, trusted.Peer(null), services, trusted.Agree(new ConnectionSettings { MaxFrame = 0, MaxCalls = 0, HasReaderThread = onThread }));
        connection.Start();
        return connection;
    }

    private static async Task<TransportLink> DialAsync(RpcEndpoint endpoint, Func<Stream, Stream> wrap)
        => await OpenAsync(await Transport.ConnectAsync(endpoint, new TransportOptions(), default), wrap);

    private static async Task<TransportLink> OpenAsync(TransportLink link, Func<Stream, Stream> wrap)
    {
        await link.OpenAsync(default).InTime();
        return new WrappedLink(link, wrap(link.Stream));
    }
}
