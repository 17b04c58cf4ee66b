using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>keygen</c>: prints a fresh secret as a line for <c>.env</c>.</summary>
internal static class KeygenCommand
{
    public static Command Description => new("keygen", "Prints a fresh TRUST_ID, 256 random bits, as a line for .env")
    {
        Notes = ["Both ends need the same line. Its fingerprint, which may be shown to anybody, goes to standard error."],
        ExitCodes = ExitMeaning.OfLocal,
        Examples = ["(umask 077; trustrpc keygen > .env)", "trustrpc keygen"],
        RunAsync = static _ =>
        {
            Keygen.Print();
            return Task.FromResult(ExitCode.Done);
        },
    };
}
