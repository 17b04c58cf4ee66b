using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary><c>keygen</c>: prints a fresh secret as a line for <c>.env</c>.</summary>
internal static class KeygenCommand
{
    private const string Help = """
        Prints a fresh TRUST_ID, 256 random bits, as a line for .env:

          (umask 077; dotnet run --project TrustRpc.Server -- keygen > .env)

        Both ends need the same line. Its fingerprint, which may be shown to anybody, goes to standard error.
        """;

    public static Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, [], ["--help"], command: "keygen");
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return Task.FromResult(ExitCode.Done);
        }

        if (arguments.Values.Count > 0)
        {
            throw new UsageException("keygen takes no arguments. See keygen --help.");
        }

        Keygen.Print();
        return Task.FromResult(ExitCode.Done);
    }
}
