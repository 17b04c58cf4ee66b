namespace TrustRpc.Programs;

/// <summary>What the programs end with; scripts rely on these numbers, and README lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int MethodFailed = 1;
    public const int Usage = 2;
    public const int NotConnected = 3;
    public const int NotTrusted = 4;
    public const int WrongCall = 5;
    public const int TryAgain = 6;
    public const int TimeIsUp = 7;
    public const int NotWritten = 8;
    public const int Interrupted = 130;

    /// <summary>The code for an error of the framework.</summary>
    public static int Of(Exception error) => error switch
    {
        TrustException { Failure: TrustFailure.NoUsableSecret } => Usage,
        TrustException { Failure: TrustFailure.Busy or TrustFailure.Locked } => TryAgain,
        TrustException { Failure: TrustFailure.TimedOut or TrustFailure.PeerLeft } => NotConnected,
        TrustException => NotTrusted,
        RpcConnectionException or IOException => NotConnected,
        RpcException { Code: RpcErrorCode.MethodNotFound or RpcErrorCode.InvalidParams or RpcErrorCode.InvalidRequest } => WrongCall,
        RpcException { Code: RpcErrorCode.Unavailable or RpcErrorCode.ResourceExhausted } => TryAgain,
        RpcException { Code: RpcErrorCode.Unauthenticated or RpcErrorCode.PermissionDenied } => NotTrusted,
        RpcException { Code: RpcErrorCode.DeadlineExceeded } => TimeIsUp,
        RpcException => MethodFailed,
        UsageException or FormatException => Usage,
        OutputException => NotWritten,
        _ => MethodFailed,
    };

    /// <summary>Whether it is an error that a person can do something about: one line tells it all, and a stack trace nothing.</summary>
    public static bool Explains(Exception error) => error is RpcException or UsageException or FormatException or IOException or OutputException;
}
