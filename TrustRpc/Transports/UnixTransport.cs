using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary><c>unix:///path</c> and <c>unix:path</c>; also what a named pipe is on Unix.</summary>
internal static class UnixTransport
{
    private const int Backlog = 1024;
    private const string OtherUser = "it comes from another user than the server's own, whom RpcServerOptions.AllowOtherUsersOnPipes would let in";

    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(5);

    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Listen(endpoint, endpoint.Path!, UnixSocketFile.ForOwnerAlone, static _ => true, options));
    }

    public static ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        => ConnectAsync(endpoint, endpoint.Path!, static _ => true, options, cancellationToken);

    /// <summary>Listens at a path and turns away whom <paramref name="admits"/> does not take by the Unix user id (null = unknown).</summary>
    public static IStreamListener Listen(RpcEndpoint endpoint, string path, UnixFileMode mode, Func<int?, bool> admits, TransportOptions options)
    {
        UnixSocketFile file = UnixSocketFile.Claim(endpoint, FullPath(path));
        try
        {
            Socket socket = file.Listen(mode, Backlog);
            return new StreamListener(
                endpoint,
                async stop => Admit(
                    await SocketAccept.AcceptAsync(socket, options, stop).ConfigureAwait(false), endpoint.Transport, admits, options.HasReaderThread, (address, why) => options.TurnedAway?.Invoke(address, endpoint, why)),
                file,
                options.TimeProvider,
                SocketAccept.Blocks(options),
                options.AcceptFailed);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a path; throws where <paramref name="admits"/> does not take the server by its Unix user id (null = unknown).</summary>
    public static async ValueTask<TransportLink> ConnectAsync(
        RpcEndpoint endpoint, string path, Func<int?, bool> admits, TransportOptions options, CancellationToken cancellationToken)
    {
        string fullPath = FullPath(path);
        if (UnixSocketPath.WhyTooLong(endpoint, fullPath) is { } why)
            throw TransportError.CannotConnect(endpoint, why);
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await ConnectAsync(socket, new UnixDomainSocketEndPoint(fullPath), options.TimeProvider, cancellationToken).ConfigureAwait(false);
            return Admit(socket, endpoint.Transport, admits, options.HasReaderThread)
                ?? throw TransportError.CannotConnect(endpoint, "the server there runs as another user, or closed at once.");
        }
        catch (Exception e)
        {
            socket?.Dispose();
            if (e is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.NotSocket } && UnixSocketPath.IsOtherFile(fullPath))
                throw TransportError.CannotConnect(endpoint, "the path is a file that is no socket; is it the path at which the server listens?", e);
            throw e is SocketException s ? TransportError.CannotConnect(endpoint, s) : e;
        }
    }

    private static async ValueTask ConnectAsync(Socket socket, UnixDomainSocketEndPoint where, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await socket.ConnectAsync(where, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
            {
                // The server's queue is full. A Unix socket does not wait for room by itself when it must not block.
                await Task.Delay(BusyPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static UnixLink? Admit(Socket socket, RpcTransport transport, Func<int?, bool> admits, bool blocksReader, Action<string, string>? turnedAway = null)
    {
        try
        {
            var link = new UnixLink(socket, transport, blocksReader);
            if (admits(link.UnixUserId))
                return link;
            turnedAway?.Invoke(link.RemoteAddress, OtherUser);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The peer has left already.
        }

        socket.Dispose();
        return null;
    }

    private static string FullPath(string path) => Path.GetFullPath(path);
}
