using System.Reflection;
using TrustRpc.Discovery;

namespace TrustRpc.Tests.Unit.Discovery;

public sealed class XmlDocumentationTests
{
    [Theory]
    [InlineData("Plain", "M:TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Documented.Plain")]
    [InlineData("Values", "M:TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Documented.Values(System.Int32,System.Nullable{System.Int32},System.String[],System.Int32[0:,0:])")]
    [InlineData("Generic", "M:TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Documented.Generic(System.Collections.Generic.Dictionary{System.String,System.Collections.Generic.List{System.Int32}})")]
    [InlineData("Nested", "M:TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Documented.Nested(TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Box{System.Int32}.Lid)")]
    public void A_method_has_the_id_that_the_compiler_gives_it(string method, string expected)
        => Assert.Equal(expected, DocumentationId.Of(typeof(Documented).GetMethod(method)!));

    [Fact]
    public void A_method_of_a_generic_type_is_documented_where_it_is_defined()
        => Assert.Equal(
            "M:TrustRpc.Tests.Unit.Discovery.XmlDocumentationTests.Box`1.Put(`0)",
            DocumentationId.Of(typeof(Box<int>).GetMethod("Put")!));

    [Fact]
    public void What_the_compiler_wrote_is_found_and_is_one_line()
    {
        var file = XmlDocumentation.Of(typeof(RpcServices).Assembly);
        string id = DocumentationId.Of(typeof(RpcServices).GetMethod("Add", [typeof(string), typeof(Delegate), typeof(bool), typeof(bool)])!)!;

        Assert.Equal("Adds one method.", file.Text(id, "summary", null));
        Assert.Equal("As Inline.", file.Text(id, "param", "inline"));
        Assert.Null(file.Text(id, "param", "nobody"));
        Assert.Null(file.Text("M:No.Such", "summary", null));
    }

    [Fact]
    public void An_assembly_without_a_file_has_nothing_to_say()
        => Assert.Null(XmlDocumentation.Of(Assembly.GetExecutingAssembly()).Text("M:X.Y", "summary", null));

    internal sealed class Documented
    {
        public void Plain()
        {
        }

        public void Values(int a, int? b, string[] c, int[,] d)
        {
        }

        public void Generic(Dictionary<string, List<int>> map)
        {
        }

        public void Nested(Box<int>.Lid lid)
        {
        }
    }

    internal sealed class Box<T>
    {
        public void Put(T value)
        {
        }

        internal sealed class Lid;
    }
}
