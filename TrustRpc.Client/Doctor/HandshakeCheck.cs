using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Has both ends prove themselves and looks at what they agreed on.</summary>
internal static class HandshakeCheck
{
    private const string Name = "handshake";

    public static async Task<IReadOnlyList<Finding>> RunAsync(RpcEndpoint server, TrustId secret, CancellationToken cancellationToken)
    {
        try
        {
            await using TrustStream stream = await TrustStream.ConnectAsync(server, new RpcClientOptions { TrustId = secret }, cancellationToken);
            await Farewell.SayAsync(stream, cancellationToken);
            return
            [
                Finding.Ok(Name, $"'{Programs.Name.Printable(stream.PeerName)}' holds the same secret ({stream.TrustIdFingerprint} at both ends); each has proven it to the other"),
                Mode(server, stream),
                Finding.Ok("protocol", $"version 1; messages up to {stream.MaxFrameLength} bytes, {stream.MaxCalls} calls at once, {(stream.KeepAlive > TimeSpan.Zero ? $"a ping after {stream.KeepAlive.TotalSeconds} s of silence" : "no pings")}"),
            ];
        }
        catch (TrustException e)
        {
            return [Finding.Failed(Name, Run.OneLine(e.Message), Advice(e, secret), ExitCode.Of(e))];
        }
        catch (RpcConnectionException e)
        {
            return [Finding.Failed("connection", Run.OneLine(e.Message), null, ExitCode.NotConnected)];
        }
    }

    private static Finding Mode(RpcEndpoint server, TrustStream stream)
    {
        if (stream.Mode == HandshakeMode.Sealed)
        {
            return Finding.Ok("mode", $"sealed with {(stream.Suite == CipherSuite.Aes256Gcm ? "AES-256-GCM" : "ChaCha20-Poly1305")}, fresh keys for each connection");
        }

        return server.Transport switch
        {
            RpcTransport.Tls => Finding.Ok("mode", "plain inside TLS, whose certificate the proofs cover"),
            RpcTransport.Tcp when server.IsBeyondThisMachine => Finding.Warning("mode", "plain over TCP: whoever is on the way reads everything and can change it", "Leave out ?mode=plain at both ends, unless the way is safe by itself."),
            RpcTransport.Tcp => Finding.Ok("mode", "plain over TCP within this machine"),
            _ => Finding.Ok("mode", "plain: the kernel keeps others out"),
        };
    }

    private static string Advice(TrustException e, TrustId secret) => e.Failure switch
    {
        TrustFailure.SecretDiffers => $"Compare fingerprints: this end's is {secret.Fingerprint}; the server's stands in its log ('Listening on ..., secret ...'), and 'trustrpc doctor' in the server's directory, as its user, prints it. Then give both ends the same line TRUST_ID=...",
        TrustFailure.NotTrustRpc => "Something else listens there: check the address, and whether it takes tls:// or tcp://.",
        TrustFailure.TimedOut => "Somebody takes connections and says nothing: another program, a server that hangs, or a proxy without its server.",
        TrustFailure.PeerLeft => "The server let go without a word: too many that have not proven themselves, it is stopping, or its log says why.",
        TrustFailure.ModeRefused => "One end allows plain alone, the other sealed alone: give both the same ?mode=, or leave it out at both.",
        TrustFailure.VersionRefused => "One end is of another age: bring both to versions of TrustRpc that have a protocol in common.",
        TrustFailure.WrongServer => "Another server than the one asked for answers there: check the address.",
        TrustFailure.Busy => "The server has as many connections as it takes; try again later, or see its MaxConnections.",
        TrustFailure.Locked => "Whoever runs the server has locked it.",
        TrustFailure.SomeoneInBetween => "The certificate that came is not the one that the server presented: a proxy ends TLS on the way. Connect without it, or use tcp:// through it.",
        _ => "The server's log says more.",
    };
}
