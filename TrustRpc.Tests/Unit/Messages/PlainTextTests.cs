using System.Text;
using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Unit.Messages;

/// <summary>Plain text takes a shorter way; nothing about the text or the verdict may depend on which.</summary>
public sealed class PlainTextTests
{
    [Fact]
    public void Text_is_read_as_it_was_written_whatever_its_characters()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            if (!char.IsSurrogate((char)c))
                AssertTravels($"a{(char)c}b");
        }
    }

    [Fact]
    public void So_is_long_text_with_one_odd_character_anywhere()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        for (int round = 0; round < 300; round++)
        {
            char[] text = new char[random.Next(1, 5_000)];
            for (int i = 0; i < text.Length; i++)
                text[i] = (char)random.Next(' ', '\x7f');
            text[random.Next(text.Length)] = "\0\u001f\"\\\u007f\u0080\u00e9\u20ac"[random.Next(8)];
            AssertTravels(new string(text), $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m?m","params":["a"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","params":["a?b"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","params":["a?"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","params":["?a"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"m","timeout":5,"params":["a?b",1]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"a?b"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"?"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":["a?b"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"values":["a?b"],"finished":false}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"values":["?"],"finished":false}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"values":["?],"finished":false}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":"?"}}""")]
    public void A_message_is_judged_the_same_whatever_byte_stands_in_its_text(string message)
    {
        byte[] body = Encoding.ASCII.GetBytes(message);
        int at = message.IndexOf('?', StringComparison.Ordinal);
        for (int value = 0; value < 256; value++)
        {
            body[at] = (byte)value;

            Envelope quick = EnvelopeReader.Read(body);
            Envelope slow = EnvelopeReader.IsText(body) ? EnvelopeReader.ReadAny(body) : new Envelope { Kind = EnvelopeKind.Malformed };

            Assert.True(slow.Kind == quick.Kind && slow.Payload.SequenceEqual(quick.Payload) && slow.Method.SequenceEqual(quick.Method), $"byte {value:x2}: {quick.Kind}");
        }
    }

    [Fact]
    public void Text_beyond_ASCII_is_read_as_UTF8() => Assert.Equal("naïve – 🙂", ResultReader.Read<string>("\"naïve – 🙂\""u8, "m"));

    private static void AssertTravels(string text, string? which = null)
    {
        FrameBuffer frame = FrameBuffer.Rent(1 << 20);
        EnvelopeWriter.WriteArguments(frame, [text]);
        string? read = JsonDocument.Parse(frame.Frame[FrameHeader.Size..]).RootElement[0].GetString();
        frame.Restart();
        EnvelopeWriter.WriteValue(frame, text);
        string result = ResultReader.Read<string>(frame.Frame.Span[FrameHeader.Size..], "m");
        frame.Return();

        Assert.True(read == text && result == text, which ?? $"U+{(int)text[1]:X4}");
    }
}
