using TrustRpc.Trust;

namespace TrustRpc.Tests.Support;

/// <summary>Two authenticated <see cref="TrustStream"/>s over a pair in memory.</summary>
internal sealed class TrustPair : IDisposable
{
    public static readonly TrustId Secret = TrustId.Parse("tr1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");

    private TrustPair(TrustStream client, TrustStream server, DuplexPair pair) => (Client, Server, Pair) = (client, server, pair);

    public TrustStream Client { get; }

    public TrustStream Server { get; }

    /// <summary>What lies below: <see cref="DuplexPair.First"/> is the client's end.</summary>
    public DuplexPair Pair { get; }

    public static Task<TrustPair> CreateAsync(HandshakeMode mode, CipherSuite suite = CipherSuite.Aes256Gcm, uint rekeyInterval = Records.RekeyInterval)
        => CreateAsync(
            new TrustClientOptions { TrustId = Secret, Modes = [mode], Suites = [suite], RekeyInterval = rekeyInterval },
            new TrustServerOptions { TrustId = Secret, Modes = [mode], RekeyInterval = rekeyInterval });

    public static async Task<TrustPair> CreateAsync(TrustClientOptions client, TrustServerOptions server, Func<Stream, Stream>? wrap = null)
    {
        DuplexPair pair = DuplexPair.Create();
        Task<TrustStream> accepting = TrustStream.AuthenticateAsServerAsync(wrap?.Invoke(pair.Second) ?? pair.Second, server);
        Task<TrustStream> connecting = TrustStream.AuthenticateAsClientAsync(wrap?.Invoke(pair.First) ?? pair.First, client);
        await Task.WhenAll(accepting, connecting);
        return new TrustPair(await connecting, await accepting, pair);
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        Pair.Dispose();
    }
}
