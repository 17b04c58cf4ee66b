using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>The keys and the count of one direction (section 4). Not thread-safe: each direction has one user at a time.</summary>
internal sealed class RecordCipher : IDisposable
{
    private const int NonceSize = 12;
    private readonly CipherSuite _suite;
    private readonly byte[] _secret = new byte[KeySchedule.KeySize];
    private readonly byte[] _iv = new byte[NonceSize];
    private AesGcm? _aes;
    private ChaCha20Poly1305? _chaCha;

    public RecordCipher(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        _suite = suite;
        secret.CopyTo(_secret);
        Start();
    }

    /// <summary>seq of the next record.</summary>
    public uint Sequence { get; private set; }

    public void Encrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, Span<byte> ciphertext, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        TakeNonce(nonce);
        if (_aes is not null)
            _aes.Encrypt(nonce, data, ciphertext, tag, header);
        else
            _chaCha!.Encrypt(nonce, data, ciphertext, tag, header);
    }

    /// <summary>False where the record was not made by the holder of the key. <paramref name="data"/> may be the place of <paramref name="ciphertext"/>.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> data)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        TakeNonce(nonce);
        try
        {
            if (_aes is not null)
                _aes.Decrypt(nonce, ciphertext, tag, data, header);
            else
                _chaCha!.Decrypt(nonce, ciphertext, tag, data, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Goes on with the next secret; the old one cannot be had from it.</summary>
    public void Rekey()
    {
        byte[] next = KeySchedule.Expand(_secret, "rekey"u8, _secret.Length);
        next.CopyTo(_secret, 0);
        CryptographicOperations.ZeroMemory(next);
        Start();
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        _aes?.Dispose();
        _chaCha?.Dispose();
    }

    private void Start()
    {
        _aes?.Dispose();
        _chaCha?.Dispose();
        Span<byte> key = stackalloc byte[KeySchedule.KeySize];
        HKDF.Expand(HashAlgorithmName.SHA256, _secret, key, "key"u8);
        HKDF.Expand(HashAlgorithmName.SHA256, _secret, _iv, "iv"u8);
        if (_suite == CipherSuite.Aes256Gcm)
            _aes = new AesGcm(key, Records.TagSize);
        else
            _chaCha = new ChaCha20Poly1305(key);
        CryptographicOperations.ZeroMemory(key);
        Sequence = 0;
    }

    private void TakeNonce(Span<byte> nonce)
    {
        _iv.CopyTo(nonce);
        Span<byte> low = nonce[(NonceSize - sizeof(ulong))..];
        BinaryPrimitives.WriteUInt64BigEndian(low, BinaryPrimitives.ReadUInt64BigEndian(low) ^ Sequence++);
    }
}
