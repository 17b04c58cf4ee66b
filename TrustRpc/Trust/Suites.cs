using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>The suites' names on the wire, and which of them this platform has.</summary>
internal static class Suites
{
    private static readonly CipherSuite[] Supported =
        (AesGcm.IsSupported, ChaCha20Poly1305.IsSupported) switch
        {
            (true, true) => [CipherSuite.Aes256Gcm, CipherSuite.ChaCha20Poly1305],
            (true, false) => [CipherSuite.Aes256Gcm],
            (false, true) => [CipherSuite.ChaCha20Poly1305],
            (false, false) => [],
        };

    /// <summary>Those of <paramref name="wanted"/> (null = all) that this platform has, in the order given.</summary>
    public static IReadOnlyList<CipherSuite> Available(IReadOnlyList<CipherSuite>? wanted)
        => wanted is null ? Supported : [.. wanted.Where(suite => Array.IndexOf(Supported, suite) >= 0)];

    public static string Name(CipherSuite suite) => suite switch
    {
        CipherSuite.Aes256Gcm => "aes256-gcm",
        CipherSuite.ChaCha20Poly1305 => "chacha20-poly1305",
        _ => throw new ArgumentOutOfRangeException(nameof(suite)),
    };

    public static CipherSuite? Find(string name) => name switch
    {
        "aes256-gcm" => CipherSuite.Aes256Gcm,
        "chacha20-poly1305" => CipherSuite.ChaCha20Poly1305,
        _ => null,
    };
}
