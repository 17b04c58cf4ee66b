using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using TrustRpc.Discovery;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Discovery;

public sealed class OpenRpcDocumentTests
{
    private static readonly JsonElement MetaSchema = JsonElement.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "openrpc-1.3.json")));

    [Fact]
    public void A_document_of_every_shape_of_method_is_one_that_OpenRPC_allows()
    {
        JsonElement document = Shapes().Describe();

        Assert.Empty(new JsonSchema(MetaSchema).Check(document));
        Assert.Equal(
            ["any", "book", "count", "find", "lines", "note", "old", "paint", "parse", "sum", "tree", "work"],
            document.GetProperty("methods").EnumerateArray().Select(method => method.GetProperty("name").GetString()));
    }

    [Fact]
    public void A_registry_with_nothing_in_it_is_a_document_as_well()
        => Assert.Empty(new JsonSchema(MetaSchema).Check(new RpcServices().Describe()));

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        JsonElement document = Shapes().Describe();

        string[] references = [.. References(document)];

        Assert.NotEmpty(references);
        Assert.All(references.Distinct(), reference => _ = new JsonSchema(document, reference));
    }

    [Theory]
    [InlineData("""{"openrpc":"1.3.2","methods":[]}""", "lacks 'info'")]
    [InlineData("""{"openrpc":"2.0","info":{"title":"t","version":"1"},"methods":[]}""", "#/openrpc is none of")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[],"more":1}""", "#/more is not allowed")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[{"name":"a"}]}""", "#/methods/0 is not exactly one")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[{"name":"","params":[]}]}""", "#/methods/0 is not exactly one")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[{"name":"a","params":[{"name":"p"}]}]}""", "#/methods/0 is not exactly one")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[{"name":"a","params":[{"name":"p","schema":{"type":"text"}}]}]}""", "#/methods/0 is not exactly one")]
    [InlineData("""{"openrpc":"1.3.2","info":{"title":"t","version":"1"},"methods":[],"components":{"errors":{"E":{"code":"1","message":"m"}}}}""", "code is no \"integer\"")]
    public void The_rules_refuse_a_document_that_is_wrong(string document, string problem)
        => Assert.Contains(new JsonSchema(MetaSchema).Check(JsonElement.Parse(document)), line => line.Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("book", 0, """{"title":"Emma","pages":null}""", true)]
    [InlineData("book", 0, """{"title":"Emma","pages":3,"notes":["a"]}""", true)]
    [InlineData("book", 0, """{"title":null,"pages":3}""", false)]
    [InlineData("book", 0, """{"pages":3}""", false)]
    [InlineData("book", 0, "null", false)]
    [InlineData("book", 1, "null", true)]
    [InlineData("book", 1, "\"x\"", true)]
    [InlineData("book", 1, "1", false)]
    [InlineData("book", 2, "2", true)]
    [InlineData("book", 2, "2.5", false)]
    [InlineData("book", 3, "2.5", true)]
    [InlineData("tree", 0, """{"value":1,"children":[{"value":2,"children":[]}]}""", true)]
    [InlineData("tree", 0, """{"value":1,"children":[{"value":"2","children":[]}]}""", false)]
    [InlineData("paint", 0, "\"Red\"", true)]
    [InlineData("paint", 0, "\"Pink\"", false)]
    [InlineData("sum", 0, """{"token":1,"values":[1,2]}""", true)]
    [InlineData("sum", 0, """{"values":["1"]}""", false)]
    [InlineData("sum", 0, "[1,2]", false)]
    [InlineData("work", 1, "7", true)]
    [InlineData("work", 1, "null", true)]
    [InlineData("work", 1, "\"7\"", false)]
    public void A_parameter_takes_what_its_schema_takes(string method, int position, string value, bool allowed)
    {
        RpcServices services = Shapes();
        JsonElement document = services.Describe();
        int index = document.GetProperty("methods").EnumerateArray().TakeWhile(m => m.GetProperty("name").GetString() != method).Count();

        Assert.Equal(allowed, new JsonSchema(document, $"#/methods/{index}/params/{position}/schema").Accepts(value));
    }

    [Fact]
    public void Optional_parameters_are_marked_and_have_their_defaults()
    {
        JsonElement[] parameters = [.. Method(Shapes(), "find").GetProperty("params").EnumerateArray()];

        Assert.Equal(["text", "most", "since", "colour"], parameters.Select(p => p.GetProperty("name").GetString()));
        Assert.Equal([true, false, false, false], parameters.Select(p => p.GetProperty("required").GetBoolean()));
        Assert.False(parameters[0].GetProperty("schema").TryGetProperty("default", out _));
        Assert.Equal(["10", "null", "\"Blue\""], parameters[1..].Select(p => p.GetProperty("schema").GetProperty("default").GetRawText()));
    }

    [Theory]
    [InlineData("count", null, "result", "sequence")]
    [InlineData("lines", null, "result", "sequence")]
    [InlineData("sum", 0, "params", "sequence")]
    [InlineData("work", 1, "params", "progress")]
    public void Streams_and_progress_are_marked_with_the_schema_of_their_items(string method, int? position, string member, string kind)
    {
        JsonElement described = Method(Shapes(), method).GetProperty(member);

        JsonElement mark = (position is { } i ? described[i] : described).GetProperty("x-stream");

        Assert.Equal(kind, mark.GetProperty("kind").GetString());
        Assert.True(mark.TryGetProperty("items", out _));
    }

    [Fact]
    public void What_authors_say_is_there_from_attributes_and_from_the_documentation_file()
    {
        RpcServices services = Shapes();
        JsonElement find = Method(services, "find");
        JsonElement parse = Method(services, "parse");

        Assert.Equal("Finds books.", find.GetProperty("summary").GetString());
        Assert.Equal("What to look for.", find.GetProperty("params")[0].GetProperty("summary").GetString());
        Assert.Equal("How many.", Method(services, "book").GetProperty("params")[0].GetProperty("schema").GetProperty("properties").GetProperty("pages").GetProperty("description").GetString());
        Assert.Equal("Reads an address.", parse.GetProperty("summary").GetString());
        Assert.Equal("The address; see the class for the forms.", parse.GetProperty("params")[0].GetProperty("summary").GetString());
    }

    [Fact]
    public void What_is_deprecated_says_so_and_what_to_use()
    {
        JsonElement old = Method(Shapes(), "old");

        Assert.True(old.GetProperty("deprecated").GetBoolean());
        Assert.Equal("Use find.", old.GetProperty("description").GetString());
        Assert.False(Method(Shapes(), "find").TryGetProperty("deprecated", out _));
    }

    [Fact]
    public void A_method_without_a_result_answers_null_and_can_fail_in_the_ways_that_it_names()
    {
        JsonElement note = Method(Shapes(), "note");

        Assert.Equal("""{"type":"null"}""", note.GetProperty("result").GetProperty("schema").GetRawText());
        Assert.Contains(note.GetProperty("errors").EnumerateArray(), error => error.GetProperty("$ref").GetString() == "#/components/errors/InvalidParams");
    }

    [Fact]
    public void Every_error_code_is_told_in_the_words_of_the_protocol()
    {
        string[] protocol = File.ReadAllLines(Repository.PathOf("docs", "PROTOCOL.md"));

        Assert.Equal(Enum.GetValues<RpcErrorCode>().Where(code => code != RpcErrorCode.None).Order(), ErrorPages.All.Select(error => error.Code).Order());
        Assert.All(ErrorPages.All, error => Assert.Contains($"| {(int)error.Code} | {error.Code} | {error.Meaning} |", protocol));
    }

    [Fact]
    public void A_method_that_takes_whatever_it_is_given_says_so()
    {
        JsonElement any = Method(Shapes(), "any");

        Assert.Equal("any", any.GetProperty("x-arguments").GetString());
        Assert.Equal(0, any.GetProperty("params").GetArrayLength());
    }

    [Fact]
    public void The_document_is_kept_until_a_method_is_added()
    {
        RpcServices services = Shapes();
        JsonElement first = services.Describe();

        Assert.Equal(first, services.Describe());
        services.Add("more", () => 1);

        Assert.Equal(first.GetProperty("methods").GetArrayLength() + 1, services.Describe().GetProperty("methods").GetArrayLength());
    }

    [Fact]
    public void The_title_is_the_servers_name()
    {
        using RpcServer server = new(new RpcServerOptions { Name = "library", TrustId = TrustId.Generate() });

        Assert.Equal("library", server.Services.Describe().GetProperty("info").GetProperty("title").GetString());
    }

    private static RpcServices Shapes() => new RpcServices()
        .Add(new Library())
        .Add("parse", RpcEndpoint.Parse)
        .Add("note", (string text) => { })
        .Add("any", (RpcArguments all) => { })
        .Add("lines", IEnumerable<string> () => ["a"], stream: true);

    private static JsonElement Method(RpcServices services, string name)
        => services.Describe().GetProperty("methods").EnumerateArray().Single(method => method.GetProperty("name").GetString() == name);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member is { Name: "$ref", Value.ValueKind: JsonValueKind.String }
            ? [member.Value.GetString()!]
            : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    internal sealed record Book(string Title, [property: Description("How many.")] int? Pages, string[]? Notes = null);

    internal sealed record Tree(int Value, List<Tree> Children);

    [JsonConverter(typeof(JsonStringEnumConverter<Colour>))]
    internal enum Colour
    {
        Red,
        Blue,
    }

    internal sealed class Library
    {
        [RpcMethod("book")]
        public Task<Book?> BookAsync(Book book, string? note, int a, double b) => Task.FromResult<Book?>(book);

        [RpcMethod("tree")]
        public Tree Tree(Tree tree) => tree;

        [RpcMethod("paint")]
        public void Paint(Colour colour)
        {
        }

        [RpcMethod("find")]
        [Description("Finds books.")]
        public string[] Find([Description("What to look for.")] string text, CancellationToken cancellationToken, int most = 10, DateTimeOffset? since = null, Colour colour = Colour.Blue) => [];

        [RpcMethod("old")]
        [Obsolete("Use find.")]
        public int Old() => 1;

        [RpcMethod("count")]
        public IAsyncEnumerable<Tree> Count(int n) => AsyncEnumerable.Empty<Tree>();

        [RpcMethod("sum")]
        public ValueTask<int> SumAsync(IAsyncEnumerable<int> numbers) => numbers.SumAsync();

        [RpcMethod("work")]
        public string Work(int steps, IProgress<int>? progress = null) => "";
    }
}
