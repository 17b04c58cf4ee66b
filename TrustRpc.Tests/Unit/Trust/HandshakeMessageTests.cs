using System.Text;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

public class HandshakeMessageTests
{
    private static readonly byte[] Nonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void A_hello_reads_back_as_it_was_written()
    {
        Hello hello = new()
        {
            Nonce = Nonce,
            ClientId = "id \"quoted\" \U0001F511",
            ClientName = "学生机",
            Channel = TrustChannel.Tls,
            Modes = [HandshakeMode.Sealed, HandshakeMode.Plain],
            Suites = [CipherSuite.ChaCha20Poly1305],
            Share = new byte[65],
            Server = "Büro",
            MaxFrame = 4096,
        };
        Hello read = Hello.Parse(hello.Write());
        Assert.Equal(hello with { Nonce = read.Nonce, Modes = read.Modes, Suites = read.Suites, Share = read.Share }, read);
        Assert.Equal(hello.Nonce, read.Nonce);
        Assert.Equal(hello.Modes, read.Modes);
        Assert.Equal(hello.Suites, read.Suites);
        Assert.Equal(hello.Share, read.Share);
    }

    [Fact]
    public void Unknown_members_and_entries_are_skipped()
    {
        string text = HelloText().Replace("\"versions\":[1]", "\"x\":{\"y\":[1.5e3,null,{\"x\":true}]},\"versions\":[9,99999999999999999999,1]")
            .Replace("[\"plain\"]", "[\"telepathy\",\"plain\"],\"features\":[\"x\"]");
        Hello hello = Hello.Parse(Encoding.UTF8.GetBytes(text));
        Assert.True(hello.OffersOurVersion);
        Assert.Equal([HandshakeMode.Plain], hello.Modes);
    }

    [Fact]
    public void Escaped_member_names_and_values_count_as_what_they_mean()
        => Assert.Equal("worker", Hello.Parse(Encoding.UTF8.GetBytes(HelloText().Replace("\"id\":\"worker\"", "\"\\u0069d\":\"w\\u006frker\""))).ClientId);

    [Theory]
    [InlineData("{\"type\":\"proof\",\"mac\":\"$\"}")]
    [InlineData("{\"mac\":\"$\",\"type\":\"proof\"}")]
    [InlineData("{ \"type\" : \"proof\", \"mac\" : \"$\" }")]
    [InlineData("{\"type\":\"pr\\u006fof\",\"mac\":\"$\",\"x\":[1]}")]
    public void A_proof_counts_as_what_it_means_however_it_is_written(string text)
        => Assert.Equal(Nonce, ProofMessage.Parse(Encoding.UTF8.GetBytes(text.Replace("$", Base64UrlText.Encode(Nonce)))));

    [Theory]
    [InlineData("{\"type\":\"proof\",\"mac\":\"$=\"}")]
    [InlineData("{\"type\":\"proof\",\"mac\":\" $\"}")]
    [InlineData("{\"type\":\"proxf\",\"mac\":\"$\"}")]
    [InlineData("{\"type\":\"proof\",\"mac\":\"$\")")]
    [InlineData("{\"type\":\"proof\",\"mac\":\"$\",\"mac\":\"$\"}")]
    [InlineData("{\"type\":\"proof\"}")]
    public void A_proof_that_is_none_is_refused(string text)
        => Assert.Throws<FormatException>(() => ProofMessage.Parse(Encoding.UTF8.GetBytes(text.Replace("$", Base64UrlText.Encode(Nonce)))));

    [Fact]
    public void A_proof_has_one_spelling_of_its_mac()
    {
        // The last character has two bits that stand for nothing: as the bytes are the same, only the text tells.
        byte[] body = ProofMessage.Write(Nonce);
        body[^3]++;
        Assert.Throws<FormatException>(() => ProofMessage.Parse(body));
    }

    [Fact]
    public void Objects_beside_and_inside_one_another_may_have_members_of_the_same_name()
    {
        string With(string member) => HelloText().Replace("\"versions\"", $"{member},\"versions\"");
        Hello.Parse(Encoding.UTF8.GetBytes(With("""
            "x":{"x":{"x":1},"y":{"x":1}}
            """)));
        Assert.Throws<FormatException>(() => Hello.Parse(Encoding.UTF8.GetBytes(With("""
            "x":{"x":{"x":1},"y":2,"x":1}
            """))));
    }

    [Fact]
    public void Sixty_four_levels_are_taken_and_one_more_is_not()
    {
        string Nested(int levels) => HelloText().Replace("\"versions\"", $"\"x\":{new string('[', levels)}{new string(']', levels)},\"versions\"");
        Hello.Parse(Encoding.UTF8.GetBytes(Nested(63)));
        Assert.Throws<FormatException>(() => Hello.Parse(Encoding.UTF8.GetBytes(Nested(64))));
    }

    [Theory]
    [InlineData("AA", 1, true)]
    [InlineData("AB", 1, false)]
    [InlineData("AA==", 1, false)]
    [InlineData("A A", 1, false)]
    [InlineData("+/8", 2, false)]
    [InlineData("-_8", 2, true)]
    [InlineData("-_8", 3, false)]
    [InlineData("A", 1, false)]
    public void Bytes_have_exactly_one_text(string text, int length, bool isSound)
    {
        Exception? refused = Record.Exception(() => Base64UrlText.Decode(text, length));
        Assert.Equal(isSound, refused is null);
        if (refused is not null) Assert.IsType<FormatException>(refused);
    }

    [Fact]
    public void A_suggested_wait_counts_up_to_a_minute()
        => Assert.Equal(
            TimeSpan.FromMinutes(1),
            Refused.Parse("""{"type":"refused","code":"busy","message":"","retryAfter":900000}"""u8).RetryAfter);

    [Fact]
    public void A_refusal_reads_back_as_it_was_written()
    {
        Refused refused = TrustRefusal.Busy("Too many.", TimeSpan.FromSeconds(2)).ToMessage();
        Assert.Equal(refused, Refused.Parse(refused.Write()));
    }

    internal static string HelloText()
        => Encoding.UTF8.GetString(new Hello
        {
            Nonce = Nonce,
            ClientId = "worker",
            ClientName = "Worker",
            Channel = TrustChannel.Local,
            Modes = [HandshakeMode.Plain],
        }.Write());
}
