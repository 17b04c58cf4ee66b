using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>What is to be said of the secret before anything is done with it: a file that others can read, a text that can be guessed.</summary>
internal static class SecretWarnings
{
    /// <summary>A line on standard error for each; none where the log is there as well, which says the same.</summary>
    public static void Tell(Arguments arguments)
    {
        if (arguments.Has(Option.Verbose.Name))
        {
            return;
        }

        try
        {
            foreach (string warning in TrustId.FromEnvironment().Warnings)
            {
                Console.Error.WriteLine(Terminal.Error.Yellow($"warning: {Run.OneLine(Name.Printable(warning))}"));
            }
        }
        catch (TrustException)
        {
            // There is none, which the connection says.
        }
    }
}
