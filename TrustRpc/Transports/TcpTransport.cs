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
            IPAddress[] addresses = await ResolveAsync(endpoint, cancellationToken).ConfigureAwait(false);

            // A name with several addresses is listened for at one of them, IPv4 first; clients that know the name try all.
            IPAddress address = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
            Socket socket = Bind(new IPEndPoint(address, endpoint.Port));
            return new StreamListener(
                endpoint.WithPort(((IPEndPoint)socket.LocalEndPoint!).Port),
                async stop => Accept(await socket.AcceptAsync(stop).ConfigureAwait(false), wrap),
                socket,
                options.TimeProvider);
        }
        catch (SocketException e)
        {
            throw TransportError.CannotListen(endpoint, e);
        }
    }

    public static async ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
        => await ConnectTcpAsync(endpoint, cancellationToken).ConfigureAwait(false);

    public static async ValueTask<TcpLink> ConnectTcpAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.Port == 0)
            throw TransportError.CannotConnect(endpoint, "port 0 is for listeners; connect to the port that the server reports.");
        try
        {
            IPAddress[] addresses = await ResolveAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return new TcpLink(await ConnectToAnyAsync(addresses, endpoint.Port, cancellationToken).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            throw TransportError.CannotConnect(endpoint, e);
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

    private static TransportLink? Accept(Socket socket, Func<TcpLink, TransportLink> wrap)
    {
        try
        {
            socket.NoDelay = true;
            return wrap(new TcpLink(socket));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose(); // The peer has reset it already.
            return null;
        }
    }

    private static async ValueTask<IPAddress[]> ResolveAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(endpoint.Host, out IPAddress? address))
            return [address];
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(endpoint.Host!, cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Tries each address in the resolver's order; the last failure counts.</summary>
    private static async ValueTask<Socket> ConnectToAnyAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.NoDelay = true;
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (Exception e)
            {
                socket.Dispose();
                if (e is not SocketException || i == addresses.Length - 1)
                    throw;
            }
        }
    }
}
