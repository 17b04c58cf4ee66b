using System.Globalization;

namespace TrustRpc.Transports;

/// <summary>Prints addresses in the one form that reads back to an equal endpoint.</summary>
internal static class EndpointPrinter
{
    public static string Print(RpcEndpoint endpoint)
    {
        string address = endpoint.Transport switch
        {
            RpcTransport.Tcp => "tcp://" + HostAndPort(endpoint),
            RpcTransport.Tls => "tls://" + HostAndPort(endpoint),
            RpcTransport.Unix => PrintPath(endpoint.Path!),
            _ => $"pipe://{endpoint.PipeServer}/{Escape(endpoint.PipeName!)}",
        };
        return endpoint.Mode switch
        {
            null => address,
            HandshakeMode.Plain => address + "?mode=plain",
            _ => address + "?mode=sealed",
        };
    }

    private static string HostAndPort(RpcEndpoint endpoint)
    {
        string host = endpoint.Host!.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]" : endpoint.Host;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{endpoint.Port}");
    }

    private static string PrintPath(string path)
    {
        if (path[0] == '/')
            return "unix://" + Escape(path);
        bool hasDrive = OperatingSystem.IsWindows() && path.Length > 2 && path[1] == ':';
        return (hasDrive ? "unix:///" : "unix:") + Escape(path);
    }

    /// <summary>Only what has a meaning of its own in an address is escaped, so that paths stay readable.</summary>
    private static string Escape(string text)
        => text.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3F", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);
}
