using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary>Where the server program keeps the clients that it has seen: <c>--clients</c>, else a file of the user's.</summary>
internal static class ClientsFile
{
    private const string None = "none";

    public static string Help => $"""
        --clients FILE    keep the clients that were seen there, or nowhere with '{None}';
                            default: {Default}
        """;

    // A matter of state, not of a session: it survives the machine's restart.
    private static string Default
        => Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? Path.Combine(state, "trustrpc", "clients.jsonl")
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } own ? Path.Combine(own, "trustrpc", "clients.jsonl")
        : None;

    /// <summary>The store, open, and what is to be said of it once the server serves. Whoever named no file is served without one where the usual one cannot be used.</summary>
    /// <exception cref="UsageException">The file that was named cannot be used.</exception>
    public static async Task<(IClientStore Store, string? Remark)> OpenAsync(string? named)
    {
        string path = named ?? Default;
        if (path == None)
        {
            return (new MemoryClientStore(), null);
        }

        string? remark = null;
        bool serves = false;
        void Tell(string text)
        {
            if (serves)
            {
                Console.Error.WriteLine(Run.OneLine(text));
            }
            else
            {
                remark = $"{remark} {text}".TrimStart();
            }
        }

        FileClientStore store = new(path, Tell);
        try
        {
            await store.OpenAsync();
            serves = true;
            return (store, remark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (named is not null)
            {
                throw new UsageException(e.Message);
            }

            return (new MemoryClientStore(), $"{Run.OneLine(e.Message)} Clients are kept in memory; --clients names another file.");
        }
    }
}
