using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

public class EnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  A = b c  ", "b c")]
    [InlineData("export A=b", "b")]
    [InlineData("export\tA=b", "b")]
    [InlineData("A=", "")]
    [InlineData("A= # nothing", "")]
    [InlineData("A=#nothing", "")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A='b # \\n \" c' # comment", "b # \\n \" c")]
    [InlineData("A=\"b\\n\\t\\\"\\\\\\$ # c\"", "b\n\t\"\\$ # c")]
    [InlineData("A=''", "")]
    [InlineData("\uFEFFA=b", "b")]
    [InlineData("# comment\r\n\r\nA=b\r\n", "b")]
    [InlineData("A=first\nA=last", "last")]
    public void A_sound_line_gives_its_value(string text, string value)
    {
        Assert.Equal(value, EnvFile.Parse(text, out int malformedLine, out bool isQuoteOpen)["A"]);
        Assert.Equal((0, false), (malformedLine, isQuoteOpen));
    }

    [Theory]
    [InlineData("A", 1)]
    [InlineData("A=b\n\nnonsense", 3)]
    [InlineData("# c\n=b", 2)]
    [InlineData("1A=b", 1)]
    [InlineData("A B=c", 1)]
    [InlineData("A='b", 1, true)]
    [InlineData("A=\"b", 1, true)]
    [InlineData("A=\"b\\\"", 1, true)]
    [InlineData("A=\"b\\", 1, true)]
    [InlineData("nonsense\nA='b", 1)]
    [InlineData("A='b\nnonsense", 1, true)]
    [InlineData("A=\"b\\x\"", 1)]
    [InlineData("A='b' c", 1)]
    [InlineData("A='b'#c", 1)]
    [InlineData("exportA", 1)]
    public void A_malformed_line_is_named_with_its_number(string text, int line, bool hasOpenQuote = false)
    {
        EnvFile.Parse(text, out int malformedLine, out bool isQuoteOpen);
        Assert.Equal((line, hasOpenQuote), (malformedLine, isQuoteOpen));
    }
}
