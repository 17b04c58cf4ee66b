using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit;

public sealed class FrameStreamTests
{
    private const int Limit = 100;

    [Fact]
    public async Task Messages_arrive_whole_and_in_order_however_the_bytes_are_cut()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream sender = new(first, Limit);
        await using FrameStream receiver = new(ChoppyStream.OneByteAtATime(second), Limit);
        byte[][] messages = [[1], [2, 3], new byte[Limit], [0]];

        foreach (byte[] message in messages)
        {
            await sender.WriteAsync(message);
        }

        foreach (byte[] message in messages)
        {
            Assert.Equal(message, await receiver.ReadAsync());
        }
    }

    [Fact]
    public async Task A_frame_is_a_big_endian_length_and_the_bytes()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream sender = new(first, Limit);

        await sender.WriteAsync("abc"u8.ToArray());

        byte[] bytes = new byte[7];
        await second.ReadExactlyAsync(bytes);
        Assert.Equal([0, 0, 0, 3, (byte)'a', (byte)'b', (byte)'c'], bytes);
    }

    [Fact]
    public async Task The_end_between_two_messages_is_null_and_inside_one_an_error()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream receiver = new(second, Limit);
        await first.WriteAsync(new byte[] { 0, 0, 0, 1, 7 });
        first.CompleteWriting();
        Assert.Equal([7], await receiver.ReadAsync());
        Assert.Null(await receiver.ReadAsync());

        (DuplexStream third, DuplexStream fourth) = DuplexPair.Create();
        await using FrameStream cut = new(fourth, Limit);
        await third.WriteAsync(new byte[] { 0, 0, 0, 2, 7 });
        third.CompleteWriting();
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await cut.ReadAsync());
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 0, 0, Limit + 1)]
    [InlineData(0, 255, 255, 255)]
    [InlineData(1, 0, 0, 1)]
    public async Task A_header_that_is_refused_is_an_error_before_any_body_has_come(params int[] header)
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream receiver = new(second, Limit);
        await first.WriteAsync(Array.ConvertAll(header, value => (byte)value));

        await Assert.ThrowsAnyAsync<IOException>(async () => await receiver.ReadAsync());
    }

    [Fact]
    public async Task A_message_that_no_frame_can_hold_is_refused_and_nothing_is_written()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream sender = new(first, Limit);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await sender.WriteAsync(default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await sender.WriteAsync(new byte[Limit + 1]));

        Assert.Equal(0, second.Available);
    }

    [Fact]
    public async Task A_read_that_was_given_up_loses_nothing()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream receiver = new(second, Limit);
        await first.WriteAsync(new byte[] { 0, 0, 0, 2, 7 });
        using CancellationTokenSource giveUp = new();
        Task<byte[]?> read = receiver.ReadAsync(giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        await first.WriteAsync(new byte[] { 8 });

        Assert.Equal([7, 8], await receiver.ReadAsync());
    }

    [Fact]
    public async Task Writers_side_by_side_never_mix_their_bytes()
    {
        (DuplexStream first, DuplexStream second) = DuplexPair.Create();
        await using FrameStream sender = new(ChoppyStream.OneByteAtATime(first), Limit);
        await using FrameStream receiver = new(second, Limit);

        Task[] writers = [.. Enumerable.Range(1, 50).Select(i => Task.Run(() => sender.WriteAsync(Enumerable.Repeat((byte)i, i).ToArray()).AsTask()))];
        await Task.WhenAll(writers);

        HashSet<int> seen = [];
        for (int i = 0; i < writers.Length; i++)
        {
            byte[] message = (await receiver.ReadAsync())!;
            Assert.All(message, value => Assert.Equal(message.Length, value));
            seen.Add(message.Length);
        }

        Assert.Equal(writers.Length, seen.Count);
    }
}
