using System.Diagnostics.CodeAnalysis;
using System.Net;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// The address of a server: <c>tcp://127.0.0.1:8888</c>, <c>tls://example.org:8889</c>, <c>unix:///run/app.sock</c>, <c>unix:app.sock</c>,
/// <c>pipe://./app</c> or <c>pipe://server/app</c>, each with <c>?mode=plain</c> or <c>?mode=sealed</c> where the handshake mode is not the
/// transport's default. Immutable; two endpoints are equal when they print the same.
/// </summary>
public sealed class RpcEndpoint : IEquatable<RpcEndpoint>
{
    private const string Variable = "TRUSTRPC_SERVER";

    private readonly string _text;

    internal RpcEndpoint(RpcTransport transport, string host = "", int port = 0, string path = "", string pipeName = "", HandshakeMode? mode = null)
    {
        Transport = transport;
        Host = transport is RpcTransport.Tcp or RpcTransport.Tls ? host : null;
        Port = port;
        Path = transport is RpcTransport.Unix ? path : null;
        PipeServer = transport is RpcTransport.Pipe ? host : null;
        PipeName = transport is RpcTransport.Pipe ? pipeName : null;
        Mode = mode == DefaultMode ? null : mode;
        _text = EndpointPrinter.Print(this);
    }

    /// <summary>How the bytes travel.</summary>
    public RpcTransport Transport { get; }

    /// <summary>TCP and TLS: the IP address (IPv6 without brackets) or host name; null otherwise.</summary>
    public string? Host { get; }

    /// <summary>TCP and TLS: the port, 0 to 65535; a listener takes 0 for any free one. 0 otherwise.</summary>
    public int Port { get; }

    /// <summary>Unix sockets: the path of the socket file as it was given, absolute or relative to the current directory; null otherwise.</summary>
    public string? Path { get; }

    /// <summary>Named pipes: the machine, <c>.</c> for this one; null otherwise.</summary>
    public string? PipeServer { get; }

    /// <summary>Named pipes: the name; null otherwise.</summary>
    public string? PipeName { get; }

    /// <summary>The handshake mode where the address names one that is not the transport's default; null = the default.</summary>
    public HandshakeMode? Mode { get; }

    /// <summary>
    /// Whether a listener at this address may be reached from other machines: false for Unix sockets, for pipes of this machine, for loopback
    /// addresses and <c>localhost</c>; true for everything else, <c>0.0.0.0</c>, <c>[::]</c> and every other name included.
    /// </summary>
    public bool IsBeyondThisMachine => Transport switch
    {
        RpcTransport.Unix => false,
        RpcTransport.Pipe => PipeServer != EndpointReader.ThisMachine,
        _ => !(IPAddress.TryParse(Host, out IPAddress? address) ? IPAddress.IsLoopback(address) : Host == "localhost"),
    };

    /// <summary>The mode of a connection where neither the address nor an option names one.</summary>
    internal HandshakeMode DefaultMode => Transport switch
    {
        RpcTransport.Unix or RpcTransport.Tls => HandshakeMode.Plain,
        RpcTransport.Pipe when PipeServer == EndpointReader.ThisMachine => HandshakeMode.Plain,
        _ => HandshakeMode.Sealed,
    };

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; see the class for the forms.</param>
    /// <exception cref="FormatException">It is no address; the message says what is wrong and shows valid ones.</exception>
    public static RpcEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EndpointReader.Read(text, out string problem) ?? throw new FormatException(problem);
    }

    /// <summary>Reads an address; false where <paramref name="text"/> is none.</summary>
    /// <param name="text">The address; see the class for the forms.</param>
    /// <param name="endpoint">The endpoint; null where the result is false.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RpcEndpoint? endpoint)
    {
        endpoint = text is null ? null : EndpointReader.Read(text, out _);
        return endpoint is not null;
    }

    /// <summary>
    /// Takes the server's address from where this process's secret is looked for as well: the environment variable <c>TRUSTRPC_SERVER</c>, else the same name in the nearest
    /// file <c>.env</c>, from the current directory upwards. An empty one counts as not set.
    /// </summary>
    /// <param name="source">Where it was found: <c>the variable TRUSTRPC_SERVER</c>, or the path of the file; null where there is none.</param>
    /// <returns>The address; null where none is set.</returns>
    /// <exception cref="FormatException">It is no address; the message says where it stands and what is wrong.</exception>
    /// <exception cref="TrustException">
    /// The file is malformed or cannot be read, and either <c>TRUST_ID</c> is no variable, so that the secret is to come from it as well, or the address stands in a malformed
    /// line (<see cref="TrustFailure.NoUsableSecret"/>).
    /// </exception>
    public static RpcEndpoint? FromEnvironment(out string? source) => FromEnvironment(out source, out _);

    /// <summary>As <see cref="FromEnvironment(out string?)"/>, and tells what is wrong with a file that was not needed as a whole.</summary>
    /// <param name="source">Where it was found: <c>the variable TRUSTRPC_SERVER</c>, or the path of the file; null where there is none.</param>
    /// <param name="warning">
    /// A sentence for an operator that names file and line, where <c>TRUST_ID</c> is a variable and <c>.env</c> is malformed or cannot be read: what is sound in it was taken;
    /// null = there is nothing to tell.
    /// </param>
    /// <returns>The address; null where none is set.</returns>
    /// <exception cref="FormatException">It is no address; the message says where it stands and what is wrong.</exception>
    /// <exception cref="TrustException">As there.</exception>
    public static RpcEndpoint? FromEnvironment(out string? source, out string? warning)
    {
        if (TrustIdSource.OfProcess.Other(Variable, out source, out warning) is not { } text)
        {
            return null;
        }

        return EndpointReader.Read(text, out string problem) ?? throw new FormatException($"In {source}: {problem}");
    }

    /// <summary>The address; <see cref="Parse"/> reads it back to an equal endpoint.</summary>
    public override string ToString() => _text;

    /// <inheritdoc/>
    public bool Equals(RpcEndpoint? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RpcEndpoint);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether two endpoints are the same address.</summary>
    public static bool operator ==(RpcEndpoint? left, RpcEndpoint? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two endpoints are different addresses.</summary>
    public static bool operator !=(RpcEndpoint? left, RpcEndpoint? right) => !(left == right);

    /// <summary>The same address with the port that the system chose.</summary>
    internal RpcEndpoint WithPort(int port) => new(Transport, Host!, port, mode: Mode);
}
