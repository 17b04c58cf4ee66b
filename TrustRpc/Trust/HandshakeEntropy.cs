using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>Where a handshake gets its nonce, session and key pair from: the one thing in it that is not a function of its input.</summary>
internal class HandshakeEntropy
{
    public const int NonceSize = 32;
    public const int SessionSize = 16;

    public static readonly HandshakeEntropy System = new();

    public virtual byte[] CreateNonce() => RandomNumberGenerator.GetBytes(NonceSize);

    public virtual byte[] CreateSession() => RandomNumberGenerator.GetBytes(SessionSize);

    public virtual EphemeralKey CreateKey() => EphemeralKey.Take();

    public virtual void PrepareKey() => EphemeralKey.Prepare();

    public virtual void GiveBackUnused(EphemeralKey key) => EphemeralKey.GiveBackUnused(key);
}
