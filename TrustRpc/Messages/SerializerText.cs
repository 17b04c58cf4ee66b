using System.Text.RegularExpressions;

namespace TrustRpc.Messages;

/// <summary>
/// What the serialiser says, without what says nothing to a person: the place in the text, which is told in better words where it is known, and the namespaces of types.
/// </summary>
internal static partial class SerializerText
{
    public static string Of(Exception e)
    {
        string text = ExceptionText.Of(e);
        foreach (string noise in (ReadOnlySpan<string>)[" The unsupported member type is located on type", " Path: $"])
        {
            int at = text.IndexOf(noise, StringComparison.Ordinal);
            text = at < 0 ? text : text[..at];
        }

        return Namespaces().Replace(text, "");
    }

    // Those of names in quotes, and of their type arguments: the rest may be a text of the user's.
    [GeneratedRegex(@"(?<=['\[,])(?:[A-Za-z_]\w*[.+])+(?=[A-Za-z_])", RegexOptions.CultureInvariant)]
    private static partial Regex Namespaces();
}
