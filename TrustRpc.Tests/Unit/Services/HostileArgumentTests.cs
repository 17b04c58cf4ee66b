using System.Text;
using System.Text.Json;
using TrustRpc.Services;

namespace TrustRpc.Tests.Unit.Services;

public sealed class HostileArgumentTests
{
    public static TheoryData<Delegate> Readers => new()
    {
        (string p) => p,
        (int p) => p,
        (JsonElement p) => p,
        (object p) => p,
        (List<string> p) => p,
        (Dictionary<string, string> p) => p,
        (Node p) => p,
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void Nesting_beyond_the_limit_is_refused(Delegate method)
    {
        string deep = new string('[', 5000) + new string(']', 5000);
        string chain = string.Concat(Enumerable.Repeat("""{"next":""", 5000)) + "null" + new string('}', 5000);

        foreach (string value in new[] { deep, chain })
        {
            Assert.NotEmpty(Serve.Method(method).Refusal($"[{value}]"));
            Assert.NotEmpty(Serve.Method(method).Refusal($$"""{"p":{{value}}}"""));
        }
    }

    [Theory]
    [InlineData("[\"\\ud800\"]")]
    [InlineData("[\"\\udc00\\ud800\"]")]
    [InlineData("[\"a\\ud83dz\"]")]
    public void Half_a_surrogate_pair_is_refused(string json)
    {
        Assert.Equal("Parameter 'p' of 'call' holds text that is not valid: bad UTF-8 or half of a surrogate pair.", Serve.Method((string p) => p).Refusal(json));
        Assert.NotEmpty(Serve.Method((List<string> p) => p).Refusal($"[{json}]"));
        Assert.NotEmpty(Serve.Method((char p) => p).Refusal(json));
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xc0)]
    [InlineData(0xed)]
    public void Bad_utf8_is_refused(byte bad)
    {
        byte[] text = [(byte)'[', (byte)'"', bad, (byte)'"', (byte)']'];
        byte[] name = [(byte)'{', (byte)'"', bad, (byte)'"', (byte)':', (byte)'1', (byte)'}'];

        Assert.Contains("bad UTF-8", Serve.Method((string p) => p).Refusal(text), StringComparison.Ordinal);
        Assert.NotEmpty(Serve.Method((string p) => p).Refusal(name));
        Assert.NotEmpty(Serve.Method((Guid p) => p).Refusal(text));
        Assert.NotEmpty(Serve.Method((List<string> p) => p).Refusal([(byte)'[', .. text, (byte)']']));
    }

    [Fact]
    public void A_name_with_half_a_surrogate_pair_is_refused() => Assert.NotEmpty(Serve.Method((int p) => p).Refusal("""{"\ud800":1}"""));

    [Fact]
    public void Numbers_of_any_length_are_refused_and_not_believed()
    {
        string huge = new('9', 100_000);

        Assert.Contains("out of its range", Serve.Method((int p) => p).Refusal($"[{huge}]"), StringComparison.Ordinal);
        Assert.Contains("out of its range", Serve.Method((long p) => p).Refusal($"[{huge}]"), StringComparison.Ordinal);
        Assert.Contains("out of its range", Serve.Method((double p) => p).Refusal($"[{huge}]"), StringComparison.Ordinal);
        Assert.Contains("out of its range", Serve.Method((decimal p) => p).Refusal($"[{huge}]"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1")]
    [InlineData("[1,")]
    [InlineData("[1,]")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("[01]")]
    [InlineData("[/**/1]")]
    [InlineData("\u0000")]
    [InlineData(" ")]
    public void What_is_not_json_is_refused(string json) => Assert.NotEmpty(Serve.Method((int a, int b) => a + b).Refusal(json));

    [Fact]
    public void Every_cut_of_valid_arguments_is_refused()
    {
        MethodDescriptor method = Serve.Method((int a, string b, Node c) => a);
        foreach (string whole in new[] { """[12,"xä\n",{"next":{"next":null}}]""", """{"a":12,"b":"xä\n","c":{"next":null}}""" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(whole);
            Assert.Equal(12, method.Call(bytes).Result);
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.NotEmpty(method.Refusal(bytes[..length]));
            }
        }
    }

    [Theory]
    [InlineData(20260401)]
    public void Any_change_of_bytes_gives_a_call_or_a_refusal_and_nothing_else(int seed)
    {
        MethodDescriptor method = Serve.Method((int a, string b, Node c, double d = 1) => a);
        byte[][] wholes = [.. new[] { """[12,"xä\n",{"next":{"next":null}},1.5]""", """{"a":12,"b":"xä\n","c":{"next":null}}""" }.Select(Encoding.UTF8.GetBytes)];
        var random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. wholes[round % 2]];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                method.Call(bytes).Dispose();
            }
            catch (RpcException e) when (e.Code == RpcErrorCode.InvalidParams)
            {
                refused++;
            }
        }

        Assert.True(refused > 10_000, $"only {refused} refused, seed {seed}");
    }

    public sealed class Node
    {
        public Node? Next { get; init; }
    }
}
