using System.Net.Sockets;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class TransportErrorTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:80", SocketError.AccessDenied, "Ports below 1024")]
    [InlineData("unix:a.sock", SocketError.AccessDenied, "may not make a file in that directory")]
    [InlineData("pipe://./a", SocketError.AccessDenied, "may not make a file in that directory")]
    [InlineData("tls://127.0.0.1:80", SocketError.AddressAlreadyInUse, "the port is in use")]
    [InlineData("unix:a.sock", SocketError.AddressAlreadyInUse, "something stands at the path")]
    [InlineData("tcp://127.0.0.1:80", SocketError.AddressNotAvailable, "not an address of this machine")]
    [InlineData("unix:a.sock", SocketError.AddressNotAvailable, "the directory of the path is not there")]
    public void Nobody_who_listens_at_a_path_is_told_of_ports(string endpoint, SocketError error, string words)
        => Assert.Contains(words, TransportError.CannotListen(RpcEndpoint.Parse(endpoint), new SocketException((int)error)).Message, StringComparison.Ordinal);
}
