using TrustRpc.Client.Prompt;

namespace TrustRpc.Tests.Unit.Prompt;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  greet   Ada ", new[] { "greet", "Ada" })]
    [InlineData("greet \"Ada Lovelace\"", new[] { "greet", "\"Ada Lovelace\"" })]
    [InlineData("greet 'Ada Lovelace'", new[] { "greet", "Ada Lovelace" })]
    [InlineData("""echo {"two": [1, 2], "}": "\" ]"} 7""", new[] { "echo", """{"two": [1, 2], "}": "\" ]"}""", "7" })]
    [InlineData("add a=2 b=\"4 0\" c='x y'z", new[] { "add", "a=2", "b=\"4 0\"", "c=x yz" })]
    [InlineData("say it's", null)]
    [InlineData("echo {1", null)]
    [InlineData("echo \"a", null)]
    [InlineData("echo ''", new[] { "echo", "" })]
    public void Words_are_held_together_by_quotes_and_brackets(string line, string[]? words)
    {
        if (words is null)
        {
            Assert.Contains("has no end", Assert.Throws<FormatException>(() => ShellWords.Split(line)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(words, ShellWords.Split(line));
        }
    }
}
