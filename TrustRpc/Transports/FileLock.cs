namespace TrustRpc.Transports;

/// <summary>A file held open for as long as something is one process's alone. The system lets go of it when the process ends, however it ends.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>The lock, or null where another holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        while (TryOpen(path) is { } file)
        {
            if (IsStillThere(file, path))
                return new FileLock(file);
            file.Dispose();
        }

        return null;
    }

    public void Dispose() => _file.Dispose();

    private static FileStream? TryOpen(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose, // Unlinked while the lock is still held.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
    }

    /// <summary>
    /// Between opening and locking the file its last holder may have unlinked it: then this lock is worth nothing, for the next one makes a new file.
    /// A time of its own, set through the handle, shows whether the name still leads to the file that is locked.
    /// </summary>
    internal static bool IsStillThere(FileStream file, string path)
    {
        if (OperatingSystem.IsWindows())
            return true; // An open file keeps its name there.
        File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UtcNow.AddTicks(-Random.Shared.NextInt64(TimeSpan.TicksPerHour)));
        return File.GetLastWriteTimeUtc(path) == File.GetLastWriteTimeUtc(file.SafeFileHandle);
    }

    /// <summary>ERROR_SHARING_VIOLATION; on Unix EWOULDBLOCK, 11 on Linux and 35 on the BSDs and macOS.</summary>
    private static bool IsHeldByAnother(IOException e) => e.HResult is unchecked((int)0x80070020) or 11 or 35;
}
