using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrustRpc.Transports;

/// <summary>Reads addresses strictly, so that a typing error is named instead of leading elsewhere.</summary>
internal static class EndpointReader
{
    /// <summary>The server part of a pipe's address that stands for this machine.</summary>
    public const string ThisMachine = ".";

    private const string Examples =
        "Valid are, for example: tcp://127.0.0.1:8888, tcp://[::1]:8888, tls://example.org:8889, unix:///run/app.sock, unix:app.sock, pipe://./app; "
        + "each may end with ?mode=plain or ?mode=sealed.";

    /// <summary>The endpoint, or null and in <paramref name="problem"/> what is wrong.</summary>
    public static RpcEndpoint? Read(string text, out string problem)
    {
        try
        {
            problem = "";
            return Read(text);
        }
        catch (FormatException e)
        {
            problem = $"{Shown(text)} is not an address of a server: {e.Message} {Examples}";
            return null;
        }
    }

    private static RpcEndpoint Read(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            throw new FormatException(text.Trim().Length == 0 ? "it is empty." : $"it does not say how to get there (tcp, tls, unix or pipe){(LooksLikePath(text) ? $"; did you mean unix:{(text[0] == '/' ? "//" : "")}{Printable(text)}?" : ".")}");
        string scheme = text[..colon].ToLowerInvariant();
        string rest = text[(colon + 1)..];
        int query = rest.IndexOf('?', StringComparison.Ordinal);
        HandshakeMode? mode = query < 0 ? null : ReadMode(rest[(query + 1)..]);
        string address = query < 0 ? rest : rest[..query];
        if (address.Contains('#', StringComparison.Ordinal))
            throw new FormatException("'#' has no meaning here; in a path or a name write %23.");
        return scheme switch
        {
            "tcp" => ReadHostAndPort(RpcTransport.Tcp, address, mode),
            "tls" => ReadHostAndPort(RpcTransport.Tls, address, mode),
            "unix" => new RpcEndpoint(RpcTransport.Unix, path: ReadPath(address), mode: mode),
            "pipe" => ReadPipe(address, mode),
            _ => throw new FormatException($"'{Printable(scheme)}' is none of tcp, tls, unix and pipe{(address.Length > 0 && address.All(char.IsAsciiDigit) ? $"; did you mean tcp://{Printable(scheme)}:{address}?" : ".")}"),
        };
    }

    private static HandshakeMode ReadMode(string query) => query switch
    {
        "mode=plain" => HandshakeMode.Plain,
        "mode=sealed" => HandshakeMode.Sealed,
        _ => throw new FormatException("after '?' only mode=plain or mode=sealed may stand; a '?' in a path or a name is written %3F."),
    };

    private static RpcEndpoint ReadHostAndPort(RpcTransport transport, string address, HandshakeMode? mode)
    {
        if (!address.StartsWith("//", StringComparison.Ordinal))
            throw new FormatException("'//' is missing after the colon.");
        string authority = address[2..];
        if (authority.Contains('@', StringComparison.Ordinal))
            throw new FormatException("user names and passwords do not belong into it.");
        if (authority.EndsWith('/'))
            authority = authority[..^1];
        if (authority.Contains('/', StringComparison.Ordinal))
            throw new FormatException("nothing may stand after the port.");
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']'))
            throw new FormatException("the port is missing.");
        int port = ReadPort(authority[(colon + 1)..]);
        string host = authority[..colon];
        return host is "*" or "+"
            ? throw new FormatException($"'{host}' is neither an IP address nor a host name; did you mean {(transport == RpcTransport.Tcp ? "tcp" : "tls")}://0.0.0.0:{port}, every IPv4 address, or {(transport == RpcTransport.Tcp ? "tcp" : "tls")}://[::]:{port}, every address?")
            : new RpcEndpoint(transport, ReadHost(host), port, mode: mode);
    }

    private static bool LooksLikePath(string text) => text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".sock", StringComparison.Ordinal);

    private static int ReadPort(string text)
        => text.Length <= 5 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue
            ? port
            : throw new FormatException($"the port '{Printable(text)}' is not a number from 0 to 65535.");

    private static string ReadHost(string host)
    {
        if (host.Length == 0)
            throw new FormatException("the host is missing (127.0.0.1 for this machine, 0.0.0.0 or [::] to listen on every address).");
        if (host[0] == '[')
            return ReadBracketed(host);
        if (host.Contains(':', StringComparison.Ordinal))
            throw new FormatException("an IPv6 address stands in brackets: [::1].");
        if (host.All(c => char.IsAsciiDigit(c) || c == '.'))
            return IPAddress.TryParse(host, out IPAddress? v4) && v4.ToString() == host
                ? host
                : throw new FormatException($"'{host}' is not an IPv4 address of four numbers from 0 to 255.");
        return IsName(host) ? host.ToLowerInvariant() : throw new FormatException($"'{Printable(host)}' is neither an IP address nor a host name.");
    }

    private static string ReadBracketed(string host)
    {
        string text = host[^1] == ']' ? host[1..^1] : "";
        int zone = text.IndexOf('%', StringComparison.Ordinal);

        // Escaped as RFC 6874 has it. Behind digits alone it is the zone's number: %25 is zone 25.
        if (zone >= 0 && text.AsSpan(zone).StartsWith("%25") && !text[(zone + 3)..].All(char.IsAsciiDigit))
            text = text.Remove(zone + 1, 2);
        if (!IPAddress.TryParse(text, out IPAddress? v6) || v6.AddressFamily != AddressFamily.InterNetworkV6)
            throw new FormatException($"'{Printable(host)}' is not an IPv6 address in brackets.");

        // An unknown zone is dropped by the runtime, and what is left leads elsewhere.
        return zone < 0 || v6.ScopeId != 0 ? v6.ToString() : throw new FormatException($"'{Printable(text[(zone + 1)..])}' is no network interface of this machine.");
    }

    private static bool IsName(string host)
        => host.Length <= 253
            && host.Split('.') is var labels
            && labels.All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static string ReadPath(string address)
    {
        string path = Unescape(address);
        if (path.StartsWith("//", StringComparison.Ordinal))
            path = path.StartsWith("///", StringComparison.Ordinal)
                ? path[2..]
                : throw new FormatException("an absolute path has three slashes (unix:///run/app.sock), a relative one none (unix:app.sock).");
        if (OperatingSystem.IsWindows() && path.Length > 2 && path[0] == '/' && path[2] == ':')
            path = path[1..];
        if (path.Length == 0)
            throw new FormatException("the path is missing.");
        if (path.EndsWith('/') || path is "." or ".." || path.EndsWith("/.", StringComparison.Ordinal) || path.EndsWith("/..", StringComparison.Ordinal))
            throw new FormatException("the path names a directory, not a socket file.");
        return path.Any(char.IsControl) ? throw new FormatException("the path holds a control character.") : path;
    }

    private static RpcEndpoint ReadPipe(string address, HandshakeMode? mode)
    {
        string[] parts = address.Split('/');
        if (parts is not ["", "", var server, var escaped])
            throw new FormatException("a pipe is pipe://./name on this machine or pipe://server/name on another.");
        if (server != ThisMachine && !IsName(server))
            throw new FormatException($"'{Printable(server)}' is neither '.' (this machine) nor a host name.");
        string name = Unescape(escaped);
        if (name.Length is 0 or > 200 || name.Any(c => char.IsControl(c) || c is '/' or '\\' or ':') || name is "." or ".." or "anonymous")
            throw new FormatException("the pipe's name must have 1 to 200 characters, none of them / \\ : or a control character, and not be 'anonymous'.");
        return new RpcEndpoint(RpcTransport.Pipe, server.ToLowerInvariant(), pipeName: name, mode: mode);
    }

    private static string Unescape(string text)
    {
        int first = text.IndexOf('%', StringComparison.Ordinal);
        for (int i = first; i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                throw new FormatException("'%' stands before two hexadecimal digits; a '%' of its own is written %25.");
        }

        return first < 0 ? text : Uri.UnescapeDataString(text);
    }

    /// <summary>Whoever put a password into the address must not find it in a log.</summary>
    private static string Shown(string text) => text.Contains('@', StringComparison.Ordinal) ? "The given text" : $"'{Printable(text)}'";

    private static string Printable(string text)
    {
        var shown = new StringBuilder(text.Length > 200 ? text[..200] + "…" : text);
        for (int i = 0; i < shown.Length; i++)
        {
            if (char.IsControl(shown[i]))
                shown[i] = '?';
        }

        return shown.ToString();
    }
}
