using System.Security.Cryptography;
using System.Text.Json;
using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Conformance;

/// <summary>The records of <c>Vectors/handshake.json</c>, sealed and opened (docs/PROTOCOL.md, section 4).</summary>
public class RecordVectorTests
{
    public static TheoryData<string, string> Directions
    {
        get
        {
            TheoryData<string, string> directions = [];
            foreach (string name in HandshakeVectors.Names.Where(name => HandshakeVectors.Find(name).IsSealed))
            {
                directions.Add(name, "c2s");
                directions.Add(name, "s2c");
            }

            return directions;
        }
    }

    [Theory, MemberData(nameof(Directions))]
    public void Key_and_iv_follow_from_the_secret(string name, string direction)
    {
        JsonElement vector = Find(name, direction, out _);
        Assert.Equal(vector.Hex("key"), KeySchedule.Expand(vector.Hex("secret"), "key"u8, 32));
        Assert.Equal(vector.Hex("iv"), KeySchedule.Expand(vector.Hex("secret"), "iv"u8, 12));
    }

    [Theory, MemberData(nameof(Directions))]
    public void Sealing_makes_the_same_records(string name, string direction)
    {
        JsonElement vector = Find(name, direction, out CipherSuite suite);
        RecordCipher cipher = new(suite, vector.Hex("secret"));
        using RecordSealer sealer = new(cipher);
        foreach (JsonElement expected in vector.GetProperty("records").EnumerateArray())
        {
            Assert.Equal(expected.GetProperty("seq").GetUInt32(), cipher.Sequence);
            byte[] data = Data(expected);
            byte[] record = new byte[data.Length + Records.Overhead];
            Assert.Equal(record.Length, sealer.Seal((RecordType)expected.GetProperty("type").GetByte(), data, record));
            AssertIs(expected.GetProperty("record"), record);
        }
    }

    [Theory, MemberData(nameof(Directions))]
    public void Opening_gives_the_data_and_the_end_whatever_the_pieces(string name, string direction)
    {
        JsonElement vector = Find(name, direction, out CipherSuite suite);
        byte[] records = AllRecords(vector, suite);
        byte[] expected = [.. vector.GetProperty("records").EnumerateArray().SelectMany(Data)];
        foreach (int piece in (int[])[1, 7, 20, 511, 512, 513, 4096, records.Length])
        {
            foreach (int space in (int[])[1, 100, 70_000])
                Assert.Equal(expected, OpenInPieces(records, suite, vector.Hex("secret"), piece, space));
        }
    }

    [Theory, MemberData(nameof(Directions))]
    public void Every_flipped_bit_of_a_record_is_refused(string name, string direction)
    {
        JsonElement vector = Find(name, direction, out CipherSuite suite);
        byte[] record = vector.GetProperty("records")[0].Hex("record");
        for (int bit = 0; bit < record.Length * 8; bit++)
        {
            byte[] flipped = [.. record];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            using SealedInput input = new(new RecordOpener(new RecordCipher(suite, vector.Hex("secret"))), flipped);

            // A length that grew waits for bytes that never come; everything else fails at once.
            bool isWaiting = false;
            IOException? refused = Record.Exception(() => isWaiting = !input.TryRead(new byte[100], out _)) as IOException;
            if (isWaiting) refused = Record.Exception(() => input.Arrived(0)) as IOException;
            Assert.NotNull(refused);
        }
    }

    private static byte[] OpenInPieces(byte[] records, CipherSuite suite, byte[] secret, int piece, int space)
    {
        using SealedInput input = new(new RecordOpener(new RecordCipher(suite, secret)), []);
        List<byte> opened = [];
        byte[] destination = new byte[space];
        int fed = 0;
        while (true)
        {
            if (input.TryRead(destination, out int read))
            {
                if (read == 0) break;
                opened.AddRange(destination.AsSpan(0, read));
                continue;
            }

            Memory<byte> free = input.GetSpace(space);
            int count = Math.Min(Math.Min(piece, free.Length), records.Length - fed);
            records.AsMemory(fed, count).CopyTo(free);
            fed += count;
            input.Arrived(count);
        }

        Assert.Equal(records.Length, fed);
        Assert.False(input.IsHoldingMore);
        return [.. opened];
    }

    private static byte[] AllRecords(JsonElement vector, CipherSuite suite)
    {
        using RecordSealer sealer = new(new RecordCipher(suite, vector.Hex("secret")));
        List<byte> records = [];
        foreach (JsonElement record in vector.GetProperty("records").EnumerateArray())
        {
            byte[] data = Data(record);
            byte[] sealedBytes = new byte[data.Length + Records.Overhead];
            sealer.Seal((RecordType)record.GetProperty("type").GetByte(), data, sealedBytes);
            records.AddRange(sealedBytes);
        }

        return [.. records];
    }

    private static byte[] Data(JsonElement record)
    {
        JsonElement data = record.GetProperty("data");
        if (data.ValueKind == JsonValueKind.String) return Convert.FromHexString(data.GetString()!);
        byte[] bytes = [.. Enumerable.Range(0, data.GetProperty("length").GetInt32()).Select(i => (byte)i)];
        AssertIs(data, bytes);
        return bytes;
    }

    private static void AssertIs(JsonElement expected, byte[] bytes)
    {
        if (expected.ValueKind == JsonValueKind.String)
        {
            Assert.Equal(Convert.FromHexString(expected.GetString()!), bytes);
            return;
        }

        Assert.Equal(expected.GetProperty("length").GetInt32(), bytes.Length);
        Assert.Equal(expected.Hex("sha256"), SHA256.HashData(bytes));
    }

    private static JsonElement Find(string name, string direction, out CipherSuite suite)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        suite = vector.Suite!.Value;
        return vector.Json.GetProperty("directions").GetProperty(direction);
    }
}
