using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

/// <summary>What the vectors don't hold of section 4: when a sender rekeys and what a receiver refuses.</summary>
public class RecordTests
{
    private static readonly byte[] Secret = new byte[32];

    [Fact]
    public void A_sender_rekeys_at_its_last_record_at_the_latest()
    {
        using RecordSealer sealer = new(Cipher(), rekeyInterval: 3);
        List<RecordType> types = [];
        for (int i = 0; i < 5; i++)
            types.AddRange(TypesOf(record => sealer.SealData(new byte[1], record)));
        types.AddRange(TypesOf(record => sealer.SealClose(record)));
        Assert.Equal(
            [RecordType.Data, RecordType.Data, RecordType.Rekey, RecordType.Data, RecordType.Data, RecordType.Rekey, RecordType.Data, RecordType.Close],
            types);
    }

    [Fact]
    public void The_interval_of_the_protocol_is_two_to_the_twentieth() => Assert.Equal(1_048_576u, Records.RekeyInterval);

    [Fact]
    public void Data_is_cut_into_records_of_64_KiB_and_the_bound_holds_with_a_rekey_before_each()
    {
        using RecordSealer sealer = new(Cipher(), rekeyInterval: 2);
        byte[] data = new byte[(3 * Records.LargestData) + 1];
        byte[] records = new byte[RecordSealer.LargestSize(data.Length)];
        sealer.SealData(data.AsSpan(0, 1), records);
        int length = sealer.SealData(data, records);
        Assert.Equal(records.Length, length);
        Assert.Equal("02000010", Convert.ToHexString(records, 0, 4));
        Assert.Equal("01010010", Convert.ToHexString(records, Records.Overhead, 4));
    }

    [Theory]
    [InlineData("00000010")]
    [InlineData("04000010")]
    [InlineData("0100000F")]
    [InlineData("01010011")]
    [InlineData("02000010")]
    [InlineData("02000011")]
    [InlineData("03000011")]
    [InlineData("0300000F")]
    public void A_header_against_the_rules_is_refused_before_its_body_arrives(string header)
    {
        using SealedInput input = new(new RecordOpener(Cipher()), Convert.FromHexString(header));
        Assert.Throws<IOException>(() => input.TryRead(new byte[10], out _));
        Assert.Throws<IOException>(() => input.TryRead(new byte[10], out _));
    }

    [Fact]
    public void A_receiver_takes_no_seq_beyond_the_last()
    {
        using RecordSealer sealer = new(Cipher());
        using SealedInput input = new(new RecordOpener(Cipher(), lastSequence: 2), []);
        for (int i = 0; i < 3; i++)
            Assert.Equal(1, Feed(input, sealer, [1]));
        Assert.Throws<IOException>(() => Feed(input, sealer, [1]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Bytes_after_the_close_record_are_refused(int extra)
    {
        using RecordSealer sealer = new(Cipher());
        byte[] records = new byte[Records.Overhead + extra];
        sealer.SealClose(records);
        using SealedInput input = new(new RecordOpener(Cipher()), records);
        Assert.Throws<IOException>(() => input.TryRead(new byte[10], out _));
    }

    [Fact]
    public void A_record_twice_or_out_of_order_is_refused_and_what_stood_before_is_delivered()
    {
        using RecordSealer sealer = new(Cipher());
        byte[] record = new byte[Records.Overhead + 1];
        sealer.SealData([7], record);
        using SealedInput input = new(new RecordOpener(Cipher()), [.. record, .. record]);
        byte[] data = new byte[10];
        Assert.True(input.TryRead(data, out int read));
        Assert.Equal((1, 7), (read, data[0]));
        Assert.Throws<IOException>(() => input.TryRead(data, out _));
    }

    [Fact]
    public void The_end_without_a_close_record_is_an_error()
    {
        using SealedInput input = new(new RecordOpener(Cipher()), []);
        Assert.Throws<EndOfStreamException>(() => input.Arrived(0));
    }

    [Fact]
    public void A_large_record_borrows_a_buffer_until_it_is_drained()
    {
        using RecordSealer sealer = new(Cipher());
        using SealedInput input = new(new RecordOpener(Cipher()), []);
        Assert.Equal(SealedInput.IdleSize, input.GetSpace(wanted: 100).Length);
        byte[] record = new byte[Records.Overhead + 5000];
        sealer.SealData(new byte[5000], record);
        Give(input, record);
        Assert.True(input.IsHoldingMore);
        Assert.True(input.TryRead(new byte[4999], out _));
        Assert.True(input.IsHoldingMore);
        Assert.True(input.TryRead(new byte[4999], out int last));
        Assert.Equal(1, last);
        Assert.False(input.IsHoldingMore);
        Assert.Equal(SealedInput.IdleSize, input.GetSpace(wanted: 100).Length);
    }

    private static RecordCipher Cipher() => new(CipherSuite.Aes256Gcm, Secret);

    private static List<RecordType> TypesOf(Func<byte[], int> seal)
    {
        byte[] records = new byte[100];
        int length = seal(records);
        List<RecordType> types = [];
        for (int start = 0; start < length; start += records[start + 3] + Records.HeaderSize)
            types.Add((RecordType)records[start]);
        return types;
    }

    private static int Feed(SealedInput input, RecordSealer sealer, byte[] data)
    {
        byte[] record = new byte[Records.Overhead + data.Length];
        sealer.SealData(data, record);
        Give(input, record);
        input.TryRead(new byte[100], out int read);
        return read;
    }

    private static void Give(SealedInput input, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> space = input.GetSpace(wanted: 100).Span;
            int count = Math.Min(space.Length, bytes.Length);
            bytes[..count].CopyTo(space);
            input.Arrived(count);
            bytes = bytes[count..];

            // An empty read opens nothing it cannot keep, but learns how long the record is.
            input.TryRead([], out _);
        }
    }
}
