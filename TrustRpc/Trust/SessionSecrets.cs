using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>The first secret of each direction of a sealed connection (section 4). Whoever builds the ciphers erases it.</summary>
internal sealed class SessionSecrets : IDisposable
{
    private SessionSecrets(CipherSuite suite, ReadOnlySpan<byte> rootKey)
    {
        Suite = suite;
        ClientToServer = KeySchedule.Expand(rootKey, "TrustRpc/1 c2s"u8, KeySchedule.KeySize);
        ServerToClient = KeySchedule.Expand(rootKey, "TrustRpc/1 s2c"u8, KeySchedule.KeySize);
    }

    public CipherSuite Suite { get; }

    public byte[] ClientToServer { get; }

    public byte[] ServerToClient { get; }

    /// <param name="suite">The suite agreed on.</param>
    /// <param name="transcript">T after the client's second proof.</param>
    /// <param name="sessionKey">Kd.</param>
    /// <param name="sharedX">z; erased here.</param>
    public static SessionSecrets Derive(CipherSuite suite, ReadOnlySpan<byte> transcript, ReadOnlySpan<byte> sessionKey, Span<byte> sharedX)
    {
        byte[] rootKey = RootKey(transcript, sessionKey, sharedX);
        SessionSecrets secrets = new(suite, rootKey);
        CryptographicOperations.ZeroMemory(rootKey);
        CryptographicOperations.ZeroMemory(sharedX);
        return secrets;
    }

    /// <summary>RK.</summary>
    public static byte[] RootKey(ReadOnlySpan<byte> transcript, ReadOnlySpan<byte> sessionKey, ReadOnlySpan<byte> sharedX)
    {
        Span<byte> input = stackalloc byte[sessionKey.Length + sharedX.Length];
        sessionKey.CopyTo(input);
        sharedX.CopyTo(input[sessionKey.Length..]);
        byte[] rootKey = new byte[KeySchedule.KeySize];
        HKDF.Extract(HashAlgorithmName.SHA256, input, transcript, rootKey);
        CryptographicOperations.ZeroMemory(input);
        return rootKey;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(ClientToServer);
        CryptographicOperations.ZeroMemory(ServerToClient);
    }
}
