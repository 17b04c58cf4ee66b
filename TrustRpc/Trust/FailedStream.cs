namespace TrustRpc.Trust;

/// <summary>
/// Closes a stream after a failure. It may be the program's own, and throw because of what it could not write: that must hide no reason, nor reach a clock's thread, where
/// it would end the process, or whoever cancels.
/// </summary>
internal static class FailedStream
{
    public static void Drop(Stream? stream)
    {
        try
        {
            stream?.Dispose();
        }
        catch (Exception)
        {
            // The failure that led here is the one that is told.
        }
    }

    public static async ValueTask DropAsync(Stream? stream)
    {
        try
        {
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // As above.
        }
    }
}
