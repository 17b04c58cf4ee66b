using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace TrustRpc.Discovery;

/// <summary>The XML documentation file that the compiler put beside an assembly; empty where there is none, or none that can be read.</summary>
internal sealed class XmlDocumentation
{
    // Far beyond any that a compiler writes; a file like that is something else.
    private const long MaxBytes = 64 * 1024 * 1024;

    private static readonly XmlDocumentation Empty = new([]);

    private readonly Dictionary<string, XElement> _members;

    private XmlDocumentation(Dictionary<string, XElement> members) => _members = members;

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Where an assembly has no place of its own, its documentation may lie beside the program.")]
    public static XmlDocumentation Of(Assembly assembly)
    {
        string path = assembly.Location is { Length: > 0 } location
            ? Path.ChangeExtension(location, ".xml")
            : Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MaxBytes } ? Read(path) : Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or XmlException)
        {
            return Empty;
        }
    }

    /// <summary>The text of a member's element as one line; null where nothing is said.</summary>
    /// <param name="id">The member.</param>
    /// <param name="element">What is asked for: <c>summary</c>, <c>param</c>, <c>returns</c>.</param>
    /// <param name="name">The parameter's name; null where there is none.</param>
    public string? Text(string id, string element, string? name)
    {
        if (!_members.TryGetValue(id, out XElement? member))
        {
            return null;
        }

        XElement? said = member.Elements(element).FirstOrDefault(e => name is null || (string?)e.Attribute("name") == name);
        string text = said is null ? "" : OneLine(said);
        return text.Length > 0 ? text : null;
    }

    private static XmlDocumentation Read(string path)
    {
        Dictionary<string, XElement> members = [];
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersFromEntities = 1024 });
        while (!reader.EOF)
        {
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "member" } && reader.GetAttribute("name") is { } id)
            {
                members[id] = (XElement)XNode.ReadFrom(reader);
            }
            else
            {
                reader.Read();
            }
        }

        return new XmlDocumentation(members);
    }

    private static string OneLine(XElement element)
    {
        StringBuilder text = new();
        Append(text, element);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // <see cref="M:A.B.C(System.Int32)"/> reads as C, <paramref name="x"/> and <see langword="null"/> as what they name.
    private static void Append(StringBuilder text, XElement element)
    {
        foreach (XNode node in element.Nodes())
        {
            switch (node)
            {
                case XText plain:
                    text.Append(plain.Value);
                    break;
                case XElement { IsEmpty: true } mark when mark.FirstAttribute is { } names:
                    text.Append(names.Value.Split('(')[0].Split('.', ':')[^1]);
                    break;
                case XElement inner:
                    text.Append(inner.Name.LocalName == "para" ? " " : "");
                    Append(text, inner);
                    break;
                default:
                    break;
            }
        }
    }
}
