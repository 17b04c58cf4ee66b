namespace TrustRpc;

/// <summary>How the bytes of a connection travel.</summary>
public enum RpcTransport
{
    /// <summary>A duplex stream that the program handed in.</summary>
    Stream,

    /// <summary>TCP: <c>tcp://host:port</c>.</summary>
    Tcp,

    /// <summary>TLS over TCP: <c>tls://host:port</c>.</summary>
    Tls,

    /// <summary>A Unix domain socket: <c>unix:///absolute/path</c> or <c>unix:relative</c>.</summary>
    Unix,

    /// <summary>A named pipe: <c>pipe://./name</c> or <c>pipe://server/name</c>.</summary>
    Pipe,
}
