using System.Text;
using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Unit.Messages;

/// <summary>What the reader makes of a body. How a connection answers stands in the tests of conformance.</summary>
public sealed class EnvelopeReaderTests
{
    public static TheoryData<string, string> Bodies => new()
    {
        { """{"jsonrpc":"2.0","id":1,"method":"m"}""", "request 1 m" },
        { """{"jsonrpc":"2.0","id":"x","method":"m","params":[1]}""", "request \"x\" m [1]" },
        { """{"params":{"a":1},"method":"\u006d","id":-5}""", "request -5 m {\"a\":1}" },
        { """{"method":"m","id":1,"result":2,"error":{}}""", "request 1 m" },
        { """{"method":"m","params":[ 1 , {"a" : "b"} ]}""", "notification m [ 1 , {\"a\" : \"b\"} ]" },
        { """{"id":1,"result":null}""", "response 1 null" },
        { """{"id":1,"result":{"deep":[true]},"error":{}}""", "response 1 {\"deep\":[true]}" },
        { """{"id":null,"result":1}""", "response 1" },
        { """{"id":1,"error":{"code":1}}""", "error 1 {\"code\":1}" },
        { """{"error":"text"}""", "error \"text\"" },
        { """{"id":null,"method":"m"}""", "invalid" },
        { """{"id":1.0,"method":"m"}""", "invalid" },
        { """{"id":1,"method":7}""", "invalid 1" },
        { """{"id":1,"method":"m","params":"text"}""", "invalid 1" },
        { """{"method":"m","params":7}""", "invalid" },
        { """{"id":1}""", "invalid" },
        { "[]", "invalid" },
        { "7", "invalid" },
        { "", "malformed" },
        { "{", "malformed" },
        { "{}x", "malformed" },
        { "[]]", "malformed" },
        { """{"id":1,"id":2,"method":"m"}""", "malformed" },
        { """{"id":1,"i\u0064":2,"method":"m"}""", "malformed" },
        { """{"a":1,"\u0061":2}""", "malformed" },
        { """{"method":"\ud800"}""", "malformed" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_body_is_read_as_one_kind_with_its_parts_as_they_travelled(string body, string expected)
        => Assert.Equal(expected, Describe(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void The_rest_of_the_members_is_found_wherever_it_stands()
    {
        Envelope envelope = EnvelopeReader.Read("""{"tracestate":"a=b","timeout":5,"method":"m","meta":{"k":"v"},"traceparent":"00-1-2-03","other":[],"id":1}"""u8);

        Assert.Equal(EnvelopeKind.Request, envelope.Kind);
        Assert.Equal(5, envelope.Timeout);
        Assert.Equal("{\"k\":\"v\"}", Encoding.UTF8.GetString(envelope.Meta));
        Assert.Equal("00-1-2-03", Encoding.UTF8.GetString(envelope.TraceParent));
        Assert.Equal("a=b", Encoding.UTF8.GetString(envelope.TraceState));
    }

    [Fact]
    public void What_is_wrong_is_said_without_a_word_of_the_peers()
    {
        foreach (string body in (string[])["{\"id\":1,\"method\":\"secret\",\"params\":\"secret\"}", "{\"secret\":1}", "{\"secret\":1,\"secret\":2}", "secret", "\"secret\""])
        {
            Envelope envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(body));

            Assert.NotNull(envelope.Problem);
            Assert.DoesNotContain("secret", envelope.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Whatever_the_bytes_nothing_is_thrown_and_what_is_no_JSON_is_malformed()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        byte[] original = """{"jsonrpc":"2.0","id":"\u0031é","method":"m","params":[1,-2.5e3,"\ud83d\ude42",{"a":null}],"timeout":1,"meta":{"a":"b"}}"""u8.ToArray();
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. original];
            for (int faults = random.Next(1, 5); faults > 0; faults--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "{}[]\",:\\u0-e. \0"[random.Next(15)]);

            string kind = Describe(bytes).Split(' ')[0];

            Assert.True(IsJson(bytes) || kind == "malformed", $"Seed {seed}, round {round}: {kind} {Convert.ToHexString(bytes)}");
        }
    }

    private static string Describe(ReadOnlySpan<byte> body)
    {
        Envelope envelope = EnvelopeReader.Read(body);
        List<string> parts = [envelope.Kind.ToString().ToLowerInvariant()];
        if (envelope.HasId) parts.Add($"{envelope.Id}");
        if (envelope.Kind is EnvelopeKind.Request or EnvelopeKind.Notification) parts.Add(Encoding.UTF8.GetString(envelope.Method));
        if (envelope.Kind is not (EnvelopeKind.Invalid or EnvelopeKind.Malformed) && !envelope.Payload.IsEmpty) parts.Add(Encoding.UTF8.GetString(envelope.Payload));
        Assert.Equal(envelope.Kind is EnvelopeKind.Invalid or EnvelopeKind.Malformed, envelope.Problem is not null);
        return string.Join(' ', parts);
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
