namespace TrustRpc.Programs;

/// <summary>Why a file cannot be used, for a sentence that names it already: what the system says names it once more.</summary>
internal static class FileReason
{
    public static string Of(Exception failure) => failure switch
    {
        FileNotFoundException => "there is no such file.",
        DirectoryNotFoundException => "there is no such directory.",
        PathTooLongException => "the path, or a name in it, is too long.",
        UnauthorizedAccessException => "this user may not, or it is a directory.",
        _ => Run.OneLine(failure.Message),
    };
}
