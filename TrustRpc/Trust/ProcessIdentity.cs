using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrustRpc.Trust;

/// <summary>How this process and its clients are named where the program names nothing.</summary>
internal static class ProcessIdentity
{
    private const int LongestName = 128;

    public static string Name { get; } = MakeName();

    /// <summary>An id that says by its first character that no client will ever have it again.</summary>
    public static string NewClientId() => "~" + BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))).ToString("x16", CultureInfo.InvariantCulture);

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
