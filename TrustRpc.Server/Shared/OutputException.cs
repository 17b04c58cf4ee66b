namespace TrustRpc.Programs;

/// <summary>Standard output does not take what was to be written there: the disk is full, or it was closed before the program began.</summary>
internal sealed class OutputException(Exception cause)
    : Exception($"Standard output cannot be written: {cause.GetBaseException().Message}. Make room or write elsewhere; what was asked for may have been done all the same.", cause)
{
    /// <summary>Whether a write failed so; the console's own stream says of a file that it may not be written that access is denied.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;
}
