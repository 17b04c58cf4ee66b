using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Looks whether a port can be reached: the name, and each of its addresses.</summary>
internal static class NetworkCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<Finding>> RunAsync(RpcEndpoint server, CancellationToken cancellationToken)
    {
        string host = server.Host!;
        IPAddress[] addresses;
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            addresses = [literal];
        }
        else
        {
            try
            {
                addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            }
            catch (SocketException e)
            {
                string advice = "Check the spelling; 'getent hosts NAME' (Windows: nslookup) asks the same. An address in place of the name needs no look-up.";
                return [Finding.Failed("name", $"{host} is not found: {Run.OneLine(e.Message)}", advice, ExitCode.NotConnected)];
            }
        }

        Finding[] ports = await Task.WhenAll(addresses.Select(address => KnockAsync(address, server.Port, cancellationToken)));
        bool isOpen = ports.Any(port => port.Mark == Mark.Ok);
        return
        [
            .. literal is null ? [Finding.Ok("name", $"{host} is {string.Join(", ", addresses.Select(address => address.ToString()))}")] : Array.Empty<Finding>(),

            // One address of several is enough: the client tries them in turn.
            .. ports.Select(port => isOpen && port.Mark == Mark.Failed ? port with { Mark = Mark.Warning, Advice = null } : port),
        ];
    }

    private static async Task<Finding> KnockAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        IPEndPoint where = new(address, port);
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await socket.ConnectAsync(where, limit.Token);
            return Finding.Ok("port", string.Create(CultureInfo.InvariantCulture, $"{where} is open ({Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms)"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"does not answer within {Patience.TotalSeconds} s", "Is the machine up, and does a firewall, here or there, let the port through?");
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => Failed("refuses: nobody listens there", IPAddress.IsLoopback(address)
                    ? "Is the server running, and on this port?"
                    : "Is the server running, on this port and this address? One that listens on 127.0.0.1 is for its own machine alone."),
                SocketError.TimedOut => Failed("does not answer", "Is the machine up, and does a firewall, here or there, let the port through?"),
                SocketError.HostUnreachable or SocketError.NetworkUnreachable => Failed("cannot be reached: there is no way to it", "Check the network: routes, VPN, the address itself."),
                SocketError.AddressFamilyNotSupported => Failed("is of a kind that this machine has switched off", null),
                _ => Failed($"cannot be reached: {Run.OneLine(e.Message)}", null),
            };
        }

        Finding Failed(string how, string? advice) => Finding.Failed("port", $"{where} {how}", advice, ExitCode.NotConnected);
    }
}
