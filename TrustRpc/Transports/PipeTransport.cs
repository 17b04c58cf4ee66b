namespace TrustRpc.Transports;

/// <summary>
/// <c>pipe://./name</c> and <c>pipe://server/name</c>. On Unix the runtime's named pipe is a Unix socket at a path made of the name; it is spoken
/// to directly there, because <c>NamedPipeServerStream</c> unlinks a live server's path and ends its accept when a foreign user connects.
/// </summary>
internal static class PipeTransport
{
    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (endpoint.PipeServer != EndpointReader.ThisMachine)
            throw TransportError.CannotListen(endpoint, $"a server listens on its own machine only: pipe://./{endpoint.PipeName}.");
        return new(OperatingSystem.IsWindows()
            ? WindowsPipe.Listen(endpoint, options)
            : UnixTransport.Listen(
                endpoint,
                UnixPath(endpoint),
                options.AllowOtherUsers ? UnixSocketFile.ForEveryone : UnixSocketFile.ForOwnerAlone,
                Admits(options),
                options));
    }

    public static ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            return WindowsPipe.ConnectAsync(endpoint, options, cancellationToken);
        if (endpoint.PipeServer != EndpointReader.ThisMachine)
            throw TransportError.CannotConnect(endpoint, "pipes of other machines can be reached from Windows only. Use tcp:// or tls://.");
        return UnixTransport.ConnectAsync(endpoint, UnixPath(endpoint), Admits(options), options, cancellationToken);
    }

    /// <summary>Where the runtime's own named pipes are on Unix, so that its <c>NamedPipeClientStream</c> finds ours and the other way round.</summary>
    private static string UnixPath(RpcEndpoint endpoint) => Path.Combine(Path.GetTempPath(), "CoreFxPipe_" + endpoint.PipeName);

    /// <summary>The mode of the file keeps others out already, but for root; a client is kept from a name that another user took first.</summary>
    private static Func<int?, bool> Admits(TransportOptions options)
        => options.AllowOtherUsers ? static _ => true : static peer => peer == unchecked((int)UnixUser.OfThisProcess);
}
