using System.Security.Cryptography;
using System.Text;

namespace TrustRpc.Trust;

/// <summary>How this process names itself where the program names nothing: the id says by its first character that no other process will ever have it.</summary>
internal sealed record ProcessIdentity(string Id, string Name)
{
    private const int LongestName = 128;

    public static ProcessIdentity Current { get; } = new("~" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), MakeName());

    private static string MakeName()
    {
        string program = AppDomain.CurrentDomain.FriendlyName;
        StringBuilder name = new();
        foreach (Rune rune in $"{program}@{Environment.MachineName}".EnumerateRunes())
        {
            if (Encoding.UTF8.GetByteCount(name.ToString()) + rune.Utf8SequenceLength > LongestName) break;
            if (!Rune.IsControl(rune)) name.Append(rune.ToString());
        }

        return name.ToString();
    }
}
