using System.Text;
using System.Text.Json;

namespace TrustRpc.Client.Serving;

/// <summary>The arguments of a call as a shell command gets them: as data, each a word or a variable of its own, never as a part of the command.</summary>
internal static class ShellArguments
{
    private const string Prefix = "ARG_";

    // Systems limit what a program is started with; standard input takes everything.
    private const int MostBytes = 96 * 1024;

    /// <summary>By position: a text as it is, anything else as its JSON. None where the caller gave names.</summary>
    /// <exception cref="RpcException">They are too long, or hold what no program can be started with.</exception>
    public static string[] Words(RpcArguments arguments)
        => arguments.AreNamed ? [] : Checked([.. arguments.Json.EnumerateArray().Select(Word)]);

    /// <summary>By position <c>ARG_1</c>, by name <c>ARG_name</c>, where the name is one that a variable can have.</summary>
    /// <exception cref="RpcException">They are too long, or hold what no program can be started with.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Variables(RpcArguments arguments)
    {
        if (!arguments.AreNamed)
        {
            return Words(arguments).Select((word, i) => KeyValuePair.Create($"{Prefix}{i + 1}", word));
        }

        JsonProperty[] members = [.. arguments.Json.EnumerateObject().Where(member => member.Name.Length > 0 && member.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))];
        string[] words = Checked(Array.ConvertAll(members, member => Word(member.Value)));
        return members.Select((member, i) => KeyValuePair.Create(Prefix + member.Name, words[i]));
    }

    private static string Word(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        catch (InvalidOperationException e)
        {
            throw new RpcException(RpcErrorCode.InvalidParams, "An argument holds text that is not valid.", e);
        }
    }

    private static string[] Checked(string[] words)
    {
        if (words.Any(word => word.Contains('\0', StringComparison.Ordinal)))
        {
            throw new RpcException(RpcErrorCode.InvalidParams, "An argument holds a NUL, which no program can be started with.");
        }

        return words.Sum(Encoding.UTF8.GetByteCount) <= MostBytes ? words
            : throw new RpcException(RpcErrorCode.InvalidParams, $"The arguments are longer than the {MostBytes} bytes that a command can be started with.");
    }
}
