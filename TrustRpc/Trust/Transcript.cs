using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>T: the running hash over every handshake frame exactly as it travelled, and the proofs over it (section 3.2).</summary>
internal sealed class Transcript
{
    public const int Size = 32;
    private readonly byte[] _hash = SHA256.HashData("TrustRpc/1 transcript"u8);

    public ReadOnlySpan<byte> Hash => _hash;

    public void AbsorbFromClient(ReadOnlySpan<byte> body) => Absorb((byte)'C', body);

    public void AbsorbFromServer(ReadOnlySpan<byte> body) => Absorb((byte)'S', body);

    public void AbsorbBinding(ReadOnlySpan<byte> binding) => Absorb((byte)'B', binding);

    /// <summary>The mac of a proof frame sent now.</summary>
    public byte[] Prove(ProofKey key)
    {
        byte[] mac = new byte[Size];
        Prove(key, mac);
        return mac;
    }

    public bool Verify(ProofKey key, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[Size];
        Prove(key, expected);
        return CryptographicOperations.FixedTimeEquals(expected, mac);
    }

    private void Prove(ProofKey key, Span<byte> mac)
    {
        ReadOnlySpan<byte> label = "TrustRpc/1 proof"u8;
        Span<byte> message = stackalloc byte[label.Length + Size];
        label.CopyTo(message);
        _hash.CopyTo(message[label.Length..]);
        key.Mac(message, mac);
    }

    private void Absorb(byte from, ReadOnlySpan<byte> body)
    {
        const int Prefix = Size + 1 + sizeof(uint);
        Span<byte> joined = stackalloc byte[Prefix + Handshake.LargestBody];
        _hash.CopyTo(joined);
        joined[Size] = from;
        BinaryPrimitives.WriteUInt32BigEndian(joined[(Size + 1)..], (uint)body.Length);
        body.CopyTo(joined[Prefix..]);
        SHA256.HashData(joined[..(Prefix + body.Length)], _hash);
    }
}
