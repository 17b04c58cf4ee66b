using System.Text;
using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>Copies a message without its secrets: values of members that are named like secrets, and texts that hold this process's own.</summary>
internal sealed class Redaction
{
    public const string Mark = "[left out]";

    /// <summary>Compared without case, dashes and underscores. Not "token": streams have those.</summary>
    public static readonly string[] Usual =
    [
        "authorization", "password", "passwd", "passphrase", "secret", "clientsecret", "apikey", "accesstoken", "refreshtoken", "idtoken", "bearertoken", "privatekey", "credentials", "cookie", "trustid",
    ];

    private readonly HashSet<string> _names;
    private readonly string _secret;

    public Redaction(IEnumerable<string> more, string secret)
    {
        _names = [.. Usual, .. more.Select(Plain)];
        _secret = secret;
    }

    public void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    WriteMember(writer, member);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when value.GetString()!.Contains(_secret, StringComparison.Ordinal):
                writer.WriteStringValue(Mark);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private void WriteMember(Utf8JsonWriter writer, JsonProperty member)
    {
        writer.WritePropertyName(member.Name.Contains(_secret, StringComparison.Ordinal) ? Mark : member.Name);
        if (_names.Contains(Plain(member.Name)) && member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False))
        {
            writer.WriteStringValue(Mark);
        }
        else
        {
            Write(writer, member.Value);
        }
    }

    private static string Plain(string name)
    {
        StringBuilder plain = new(name.Length);
        foreach (char c in name)
        {
            if (c is not ('_' or '-'))
            {
                plain.Append(char.ToLowerInvariant(c));
            }
        }

        return plain.ToString();
    }
}
