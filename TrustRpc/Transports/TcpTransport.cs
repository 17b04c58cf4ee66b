using System.Net;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary><c>tcp://host:port</c>.</summary>
internal static class TcpTransport
{
    private const int Backlog = 1024;

    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        => ListenAsync(endpoint, options, static link => link, cancellationToken);

    /// <summary>Listens and puts <paramref name="wrap"/> around every accepted connection.</summary>
    public static async ValueTask<IStreamListener> ListenAsync(
        RpcEndpoint endpoint, TransportOptions options, Func<TcpLink, TransportLink> wrap, CancellationToken cancellationToken)
    {
        try
        {
            IPAddress[] addresses = await ResolveAsync(endpoint, options, mayBlock: false, cancellationToken).ConfigureAwait(false);

            // A name with several addresses is listened for at one of them, IPv4 first; clients that know the name try all.
            IPAddress address = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
            Socket socket = Bind(new IPEndPoint(address, endpoint.Port));
            return new StreamListener(
                endpoint.WithPort(((IPEndPoint)socket.LocalEndPoint!).Port),
                async stop => Accept(await SocketAccept.AcceptAsync(socket, options, stop).ConfigureAwait(false), options.HasReaderThread, wrap),
                socket,
                options.TimeProvider,
                SocketAccept.Blocks(options),
                options.AcceptFailed);
        }
        catch (SocketException e)
        {
            throw TransportError.CannotListen(endpoint, e);
        }
    }

    public static async ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        => await ConnectTcpAsync(endpoint, options, cancellationToken).ConfigureAwait(false);

    public static async ValueTask<TcpLink> ConnectTcpAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        if (endpoint.Port == 0)
            throw TransportError.CannotConnect(endpoint, "port 0 is for listeners; connect to the port that the server reports.");
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddressTries tries = new(options.ConnectTimeout, options.TimeProvider);
            IPAddress[] addresses = await ResolveAsync(endpoint, options, mayBlock: options.HasReaderThread, cancellationToken).ConfigureAwait(false);
            return await tries.FirstAsync(
                addresses, (address, token) => ConnectAsync(new IPEndPoint(address, endpoint.Port), options.HasReaderThread, token), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw TransportError.CannotConnect(endpoint, e);
        }
        catch (IOException e)
        {
            throw TransportError.CannotConnect(endpoint, "the peer closed at once.", e);
        }
    }

    private static Socket Bind(IPEndPoint where)
    {
        var socket = new Socket(where.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (where.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            if (OperatingSystem.IsWindows())
                socket.ExclusiveAddressUse = true; // Else another process could bind the same port and take connections over.
            socket.Bind(where);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static TransportLink? Accept(Socket socket, bool blocksReader, Func<TcpLink, TransportLink> wrap)
    {
        try
        {
            socket.NoDelay = true;
            return wrap(new TcpLink(socket, blocksReader));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose(); // The peer has reset it already.
            return null;
        }
    }

    private static async ValueTask<IPAddress[]> ResolveAsync(RpcEndpoint endpoint, TransportOptions options, bool mayBlock, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(endpoint.Host, out IPAddress? address))
            return [address];
        IPAddress[] addresses = await HostLookup.RunAsync(endpoint.Host!, options.LookUp, mayBlock, cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static async ValueTask<TcpLink> ConnectAsync(IPEndPoint where, bool mayBlock, CancellationToken cancellationToken)
    {
        var socket = new Socket(where.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (mayBlock)
                Connect(socket, where, cancellationToken);
            else
                await socket.ConnectAsync(where, cancellationToken).ConfigureAwait(false);
            return new TcpLink(socket, mayBlock);
        }
        catch
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private static void Connect(Socket socket, IPEndPoint where, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            socket.Connect(where);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
