using System.Text;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc.Tests.Unit.Streams;

public sealed class ItemBufferTests
{
    private readonly Lock _gate = new();

    [Fact]
    public void Items_are_taken_in_order_with_commas_between()
    {
        ItemBuffer buffer = New();
        Add(buffer, "a");
        Add(buffer, 2);
        Add(buffer, new { Three = 3 });
        Add<string?>(buffer, null);

        Assert.Equal(4, buffer.Count);
        Assert.Equal("""["a",2,{"three":3},null]""", Take(buffer));
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void It_is_full_at_so_many_items()
    {
        ItemBuffer buffer = New(maxItems: 2);
        Add(buffer, 1);
        Assert.False(buffer.IsFull);
        Add(buffer, 2);
        Assert.True(buffer.IsFull);
        Take(buffer);
        Assert.False(buffer.IsFull);
    }

    [Fact]
    public void An_item_that_would_make_the_batch_too_large_comes_with_the_next_one()
    {
        ItemBuffer buffer = New(maxBytes: 20);
        Add(buffer, "0123456789");
        Assert.False(buffer.IsFull);
        Add(buffer, "abcdefghij");

        Assert.True(buffer.IsFull);
        Assert.Equal("""["0123456789"]""", Take(buffer));
        Assert.Equal(1, buffer.Count);
        Assert.Equal("""["abcdefghij"]""", Take(buffer));
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void One_item_may_be_larger_than_a_batch()
    {
        ItemBuffer buffer = New(maxBytes: 20);
        string large = new('x', 5000);
        Add(buffer, large);

        Assert.True(buffer.IsFull);
        Assert.Equal($"[\"{large}\"]", Take(buffer));
    }

    [Fact]
    public void An_item_over_the_frame_limit_is_refused_and_leaves_the_others()
    {
        ItemBuffer buffer = New(maxItem: 1000);
        Add(buffer, "good");

        Assert.Throws<FrameTooLargeException>(() => Add(buffer, new string('x', 100_000)));
        Assert.Equal("""["good"]""", Take(buffer));
    }

    [Fact]
    public void An_item_that_cannot_be_written_leaves_the_others()
    {
        ItemBuffer buffer = New();
        Add<object>(buffer, "good");

        Assert.ThrowsAny<Exception>(() => Add<object>(buffer, typeof(string)));
        Add<object>(buffer, "better");
        Assert.Equal("""["good","better"]""", Take(buffer));
    }

    [Fact]
    public void Items_may_be_taken_while_the_next_is_written_and_the_room_is_used_again()
    {
        ItemBuffer buffer = New();
        int made = 0;
        for (int round = 0; round < 1000; round++)
        {
            List<int> taken = [];
            for (int i = 0; i < round % 7; i++)
                Add(buffer, made + i);
            buffer.Write(made + (round % 7), TypeInfo<int>());
            if (buffer.Count > 0) taken.AddRange(Numbers(Take(buffer)));
            lock (_gate)
            {
                buffer.Keep();
            }

            taken.AddRange(Numbers(Take(buffer)));
            Assert.Equal(Enumerable.Range(made, (round % 7) + 1), taken);
            made += (round % 7) + 1;
        }
    }

    private static IEnumerable<int> Numbers(string json) => json.Trim('[', ']').Split(',').Select(int.Parse);

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)RpcJson.Options.GetTypeInfo(typeof(T));

    private ItemBuffer New(int maxItems = 256, int maxBytes = 65536, int maxItem = 1 << 20) => new(_gate, maxItems, maxBytes, maxItem);

    private void Add<T>(ItemBuffer buffer, T item)
    {
        buffer.Write(item, TypeInfo<T>());
        lock (_gate)
        {
            buffer.Keep();
        }
    }

    private string Take(ItemBuffer buffer)
    {
        FrameBuffer frame = FrameBuffer.Rent(1 << 20);
        frame.Write((byte)'[');
        lock (_gate)
        {
            frame.Write(buffer.Kept);
            buffer.Taken();
        }

        frame.Write((byte)']');
        string text = Encoding.UTF8.GetString(frame.Frame.Span[FrameHeader.Size..]);
        frame.Return();
        return text;
    }
}
