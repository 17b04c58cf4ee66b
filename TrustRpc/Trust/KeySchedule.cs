using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrustRpc.Trust;

/// <summary>What is derived from a secret once per process: the keys of the proofs, the session key's root and the fingerprint (section 3.1).</summary>
internal sealed class KeySchedule
{
    public const int KeySize = 32;
    private const int StretchRounds = 600_000;

    private KeySchedule(ReadOnlySpan<byte> psk)
    {
        ClientProofKey = new ProofKey(Expand(psk, "TrustRpc/1 client proof"u8, KeySize));
        ServerProofKey = new ProofKey(Expand(psk, "TrustRpc/1 server proof"u8, KeySize));
        SessionKey = Expand(psk, "TrustRpc/1 session"u8, KeySize);
        Fingerprint = BinaryPrimitives.ReadUInt32BigEndian(Expand(psk, "TrustRpc/1 fingerprint"u8, sizeof(uint))).ToString("x8", CultureInfo.InvariantCulture);
    }

    /// <summary>Kc.</summary>
    public ProofKey ClientProofKey { get; }

    /// <summary>Ks.</summary>
    public ProofKey ServerProofKey { get; }

    /// <summary>Kd.</summary>
    public byte[] SessionKey { get; }

    public string Fingerprint { get; }

    /// <param name="secret">S as text: trimmed and long enough.</param>
    public static KeySchedule Derive(string secret)
    {
        byte[] material = KeyMaterial(secret);
        byte[] psk = PreSharedKey(material);
        try
        {
            return new KeySchedule(psk);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
            CryptographicOperations.ZeroMemory(psk);
        }
    }

    /// <summary>I: a generated secret as it is, any other text stretched, because whoever the client dials may try guesses against the first proof.</summary>
    public static byte[] KeyMaterial(string secret)
        => SecretText.IsGenerated(secret)
            ? Encoding.UTF8.GetBytes(secret)
            : Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), "TrustRpc/1 text"u8, StretchRounds, HashAlgorithmName.SHA256, KeySize);

    public static byte[] PreSharedKey(ReadOnlySpan<byte> material)
    {
        byte[] psk = new byte[KeySize];
        HKDF.Extract(HashAlgorithmName.SHA256, material, "TrustRpc/1 psk"u8, psk);
        return psk;
    }

    public static byte[] Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label, int length)
    {
        byte[] output = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA256, key, output, label);
        return output;
    }
}
