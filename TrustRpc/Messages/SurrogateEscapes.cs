using System.Buffers.Text;

namespace TrustRpc.Messages;

/// <summary>Finds <c>\u</c> escapes of unpaired surrogates in JSON that is otherwise well-formed; the base library finds them only when a string is read.</summary>
internal static class SurrogateEscapes
{
    public static bool ArePaired(ReadOnlySpan<byte> json)
    {
        int at;
        while ((at = json.IndexOf((byte)'\\')) >= 0)
        {
            json = json[at..];
            if (!IsUnicodeEscape(json, out int unit))
            {
                json = json[Math.Min(2, json.Length)..];
                continue;
            }

            json = json[6..];
            if (unit is >= 0xDC00 and <= 0xDFFF)
            {
                return false;
            }

            if (unit is >= 0xD800 and <= 0xDBFF)
            {
                if (!IsUnicodeEscape(json, out int low) || low is < 0xDC00 or > 0xDFFF)
                {
                    return false;
                }

                json = json[6..];
            }
        }

        return true;
    }

    private static bool IsUnicodeEscape(ReadOnlySpan<byte> json, out int unit)
    {
        unit = 0;
        return json.Length >= 6 && json[0] == '\\' && json[1] == 'u' && Utf8Parser.TryParse(json.Slice(2, 4), out unit, out int used, 'x') && used == 4;
    }
}
