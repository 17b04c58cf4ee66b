using System.Runtime.InteropServices;

namespace TrustRpc.Client.Doctor;

/// <summary>What the system knows of a file beyond what the base library tells: whose it is, and whether it is a socket. Linux alone; elsewhere it is not known.</summary>
internal sealed partial record FileFacts(UnixFileMode Mode, int? Owner, bool? IsSocket)
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const int CurrentDirectory = -100;
    private const uint BasicStatistics = 0x7ff;
    private const int Kind = 0xF000;
    private const int Socket = 0xC000;

    // struct statx is the same on every architecture: mask, block size, attributes (8), links, user id, group id, mode (2), ...
    private const int StatisticsSize = 256;
    private const int UserAt = 20;
    private const int ModeAt = 28;

    /// <summary>Whether somebody else may write to it; in a directory where each may remove only what is theirs, nobody.</summary>
    public bool OthersMayWrite => (Mode & OthersWrite) != 0 && !Mode.HasFlag(UnixFileMode.StickyBit);

    /// <summary>As <c>chmod</c> takes it.</summary>
    public string ModeText => Convert.ToString((int)Mode, 8).PadLeft(3, '0');

    public string OwnerText => Owner is { } id ? $"owner {NameOf(id)}{(id == CurrentUser ? " (you)" : "")}, " : "";

    /// <summary>Null where it is not known.</summary>
    public static int? CurrentUser { get; } = ReadCurrentUser();

    /// <summary>Null on Windows, where there are no modes.</summary>
    public static FileFacts? Of(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        UnixFileMode mode = File.GetUnixFileMode(path);
        byte[] facts = new byte[StatisticsSize];
        try
        {
            if (OperatingSystem.IsLinux() && Statx(CurrentDirectory, path, 0, BasicStatistics, facts) == 0)
            {
                return new FileFacts(mode, BitConverter.ToInt32(facts, UserAt), (BitConverter.ToUInt16(facts, ModeAt) & Kind) == Socket);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library that does not know it.
        }

        return new FileFacts(mode, null, null);
    }

    private static string NameOf(int id)
    {
        try
        {
            string? entry = File.ReadLines("/etc/passwd").FirstOrDefault(line => line.Split(':') is [_, _, var number, ..] && number == id.ToString());
            return entry?.Split(':')[0] ?? $"uid {id}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"uid {id}";
        }
    }

    private static int? ReadCurrentUser()
    {
        try
        {
            // Real, effective, saved, file system.
            string? line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal)) : null;
            return line?.Split('\t') is [_, _, var effective, ..] && int.TryParse(effective, out int id) ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> facts);
}
