using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Unit.Messages;

public sealed class SequenceBatchTests
{
    [Theory]
    [InlineData("""{"values":["AQID"],"finished":false}""", "010203")]
    [InlineData("""{"values":["AQI="],"finished":false}""", "0102")]
    [InlineData("""{"values":["AQ=="],"finished":false}""", "01")]
    [InlineData("""{"values":[""],"finished":false}""", "")]
    [InlineData("""{"values":["AQID","BAUG"],"finished":false}""", "010203 040506")]
    [InlineData("""{"values":["","AQID",""],"finished":false}""", " 010203 ")]
    [InlineData("""{"values":["AQ\u0049D"],"finished":false}""", "010203")]
    [InlineData("""{"values":["AQID"],"finished":true}""", "010203")]
    [InlineData("""{"values":[],"finished":true}""", null)]
    [InlineData("""{ "finished" : false, "values" : [ "AQID" ] }""", "010203")]
    public void Chunks_of_bytes_are_read_one_by_one_however_the_batch_looks(string json, string? expected)
    {
        byte[][] items = [];

        int count = SequenceBatch.Read(Encoding.UTF8.GetBytes(json), TypeOf<byte[]>(), ref items);

        Assert.Equal(expected, count == 0 ? null : string.Join(' ', items[..count].Select(Convert.ToHexString)));
    }

    [Theory]
    [InlineData("""{"values":["AQI"],"finished":false}""")]
    [InlineData("""{"values":["AQ=D"],"finished":false}""")]
    [InlineData("""{"values":["A ID"],"finished":false}""")]
    [InlineData("""{"values":["AQID\u0020AQI"],"finished":false}""")]
    [InlineData("""{"values":[7],"finished":false}""")]
    public void What_is_no_Base64_is_an_error(string json)
    {
        byte[][] items = [];

        Exception? error = Record.Exception(() => SequenceBatch.Read(Encoding.UTF8.GetBytes(json), TypeOf<byte[]>(), ref items));

        Assert.True(error is JsonException or InvalidOperationException, $"{error}");
    }

    [Theory]
    [InlineData("""{"values":["a"],"finished":false}""", "a")]
    [InlineData("""{"values":["a","b"],"finished":false}""", "a|b")]
    [InlineData("""{"values":["\"],\"finished\":false}"],"finished":false}""", "\"],\"finished\":false}")]
    public void Texts_are_read_one_by_one_whatever_they_hold(string json, string expected)
    {
        string[] items = [];

        int count = SequenceBatch.Read(Encoding.UTF8.GetBytes(json), TypeOf<string>(), ref items);

        Assert.Equal(expected, string.Join('|', items[..count]));
    }

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)RpcJson.Options.GetTypeInfo(typeof(T));
}
