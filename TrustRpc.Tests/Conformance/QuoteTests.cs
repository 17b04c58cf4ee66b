using System.Reflection;
using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

public sealed partial class QuoteTests
{
    [Fact]
    public void Every_sentence_that_a_test_quotes_stands_in_the_protocol()
    {
        string protocol = Flat(File.ReadAllText(Repository.PathOf("docs", "PROTOCOL.md")));

        string[] gone =
        [
            .. from type in typeof(QuoteTests).Assembly.GetTypes()
               from method in type.GetMethods()
               from quote in method.GetCustomAttributes<QuotesAttribute>()
               where !protocol.Contains(Flat(quote.Sentence), StringComparison.Ordinal)
               select $"{type.Name}.{method.Name}: {quote.Sentence}",
        ];

        Assert.Empty(gone);
    }

    private static string Flat(string text) => Blanks().Replace(text, " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
