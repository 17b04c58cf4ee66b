using System.Text;
using TrustRpc.Framing;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Framing;

public sealed class FrameReaderTests
{
    [Fact]
    public void Every_frame_of_a_read_is_taken_before_the_next_read()
    {
        ScriptedStream stream = new(RawPeer.Frames("\"a\"", "\"bc\"", "3"));
        using FrameReader reader = new(stream, maxBody: 10);

        Assert.Equal(["\"a\"", "\"bc\"", "3"], ReadBatch(reader));
        Assert.Single(stream.Asked);
        Assert.False(reader.HasPartialFrame);
    }

    [Fact]
    public void A_frame_split_at_any_byte_is_whole()
    {
        byte[] frames = RawPeer.Frames("\"first\"", "\"second\"");
        for (int at = 1; at < frames.Length; at++)
        {
            using FrameReader reader = new(new ScriptedStream(frames[..at], frames[at..]), maxBody: 10);

            string[] all = [.. ReadBatch(reader), .. ReadBatch(reader)];

            Assert.Equal(["\"first\"", "\"second\""], all);
            Assert.False(reader.HasPartialFrame);
        }
    }

    [Fact]
    public void An_end_inside_a_frame_shows()
    {
        byte[] frame = RawPeer.Frame("12");
        for (int length = 1; length < frame.Length; length++)
        {
            using FrameReader reader = new(new ScriptedStream(frame[..length]), maxBody: 10);

            Assert.Empty(ReadBatch(reader));

            Assert.Equal(0, reader.Read());
            Assert.True(reader.HasPartialFrame);
        }
    }

    [Theory]
    [InlineData(0x00_000000u)]
    [InlineData(0x00_00000Bu)]
    [InlineData(0x00_FFFFFFu)]
    [InlineData(0x01_000001u)]
    [InlineData(0xFF_000001u)]
    [InlineData(0x80_000000u)]
    public void A_header_that_must_be_refused_is_refused_before_its_body_has_come(uint header)
    {
        byte[] bytes = [(byte)(header >> 24), (byte)(header >> 16), (byte)(header >> 8), (byte)header];
        using FrameReader reader = new(new ScriptedStream(bytes), maxBody: 10);

        Assert.Throws<FrameException>(() => ReadBatch(reader));
    }

    [Fact]
    public void A_header_alone_reserves_no_memory_for_what_it_promises()
    {
        byte[] start = [0, 0xFF, 0xFF, 0xFF, .. new byte[100]];
        ScriptedStream stream = new([start, .. Enumerable.Repeat(new byte[60_000], 20)]);
        using FrameReader reader = new(stream, FrameHeader.LargestBody);

        long arrived = 0;
        for (int i = 0; i < 21; i++)
        {
            reader.Received(reader.Read());
            Assert.False(reader.TryTake(out _));
            Assert.True(stream.Asked[^1] <= Math.Max(128 * 1024, 4 * arrived), $"Asked for {stream.Asked[^1]} bytes after {arrived}.");
            arrived += i == 0 ? start.Length : 60_000;
        }
    }

    [Fact]
    public void Between_bursts_it_waits_with_its_small_buffer_alone()
    {
        byte[] small = RawPeer.Frame("1");
        byte[] large = RawPeer.Frame(new byte[5_000]);
        ScriptedStream stream = new(small, large[..500], large[500..], small, small);
        using FrameReader reader = new(stream, maxBody: 10_000);

        for (int i = 0; i < 6; i++)
            ReadBatch(reader);

        Assert.Equal(512, stream.Asked[0]);
        Assert.Equal(512, stream.Asked[1]);
        Assert.True(stream.Asked[2] > 512);
        Assert.Equal(512, stream.Asked[^1]);
    }

    [Fact]
    public void Frames_of_random_sizes_in_random_pieces_come_out_as_they_went_in()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        string[] bodies = [.. Enumerable.Range(0, 500).Select(i => new string((char)('a' + (i % 26)), random.Next(1, i % 50 == 0 ? 200_000 : 300)))];
        byte[] bytes = RawPeer.Frames(bodies);
        List<byte[]> parts = [];
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Min(random.Next(1, 512), bytes.Length - at);
            parts.Add(bytes[at..(at + size)]);
            at += size;
        }

        using FrameReader reader = new(new ScriptedStream([.. parts]), maxBody: 200_000);
        List<string> read = [];
        foreach (byte[] _ in parts)
            read.AddRange(ReadBatch(reader));

        Assert.True(bodies.SequenceEqual(read), $"Seed {seed}.");
    }

    private static List<string> ReadBatch(FrameReader reader)
    {
        List<string> bodies = [];
        reader.Received(reader.Read());
        while (reader.TryTake(out ReadOnlySpan<byte> body))
            bodies.Add(Encoding.UTF8.GetString(body));
        return bodies;
    }
}
