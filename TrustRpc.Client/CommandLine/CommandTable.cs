using TrustRpc.Client.Commands;
using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>Sub-commands that belong together.</summary>
internal sealed record CommandGroup(string Heading, params IReadOnlyList<CommandEntry> Entries)
{
    public IEnumerable<Command> Commands => Entries.Select(entry => entry.Describe());
}

/// <summary>The name beside the description, so that running one sub-command does not describe the others.</summary>
internal sealed record CommandEntry(string Name, Func<Command> Describe);

/// <summary>All sub-commands, in the order and groups of the help; a new one gets its line here.</summary>
internal static class CommandTable
{
    public static readonly IReadOnlyList<CommandGroup> Groups =
    [
        new(
            "Calls",
            new CommandEntry("call", static () => CallCommand.Description),
            new CommandEntry("stream", static () => StreamCommand.Description),
            new CommandEntry("shell", static () => ShellCommand.Description)),
        new(
            "What a server offers",
            new CommandEntry("methods", static () => MethodsCommand.Description),
            new CommandEntry("describe", static () => DescribeCommand.Description),
            new CommandEntry("openrpc", static () => OpenrpcCommand.Description)),
        new(
            "Measuring",
            new CommandEntry("ping", static () => PingCommand.Description),
            new CommandEntry("bench", static () => BenchCommand.Description),
            new CommandEntry("top", static () => TopCommand.Description)),
        new(
            "Management",
            new CommandEntry("agent", static () => AgentCommand.Description),
            new CommandEntry("clients", static () => ClientsCommand.Description),
            new CommandEntry("send", static () => SendCommand.Description),
            new CommandEntry("subscribe", static () => SubscribeCommand.Description),
            new CommandEntry("sync", static () => SyncCommand.Description)),
        new(
            "To set up and to find out",
            new CommandEntry("doctor", static () => DoctorCommand.Description),
            new CommandEntry("keygen", static () => KeygenCommand.Description),
            new CommandEntry("record", static () => RecordCommand.Description),
            new CommandEntry("replay", static () => ReplayCommand.Description)),
        new(
            "To try it out",
            new CommandEntry("serve", static () => ServeCommand.Description),
            new CommandEntry("demo", static () => DemoCommand.Description),
            new CommandEntry("chat", static () => ChatCommand.Description)),
        new(
            "For the shell",
            new CommandEntry("completion", static () => CompletionCommand.Description)),
    ];

    // For scripts that this program writes itself.
    private static readonly CommandEntry[] Hidden = [new("complete", static () => CompleteCommand.Description)];

    /// <summary>Those that the help shows.</summary>
    public static IEnumerable<string> Names => Groups.SelectMany(group => group.Entries).Select(entry => entry.Name);

    /// <exception cref="UsageException">There is none; the nearest one is named.</exception>
    public static Command Find(string name)
    {
        if (Groups.SelectMany(group => group.Entries).Concat(Hidden).FirstOrDefault(entry => entry.Name == name) is { } entry)
        {
            return entry.Describe();
        }

        throw new UsageException(Nearest.To(name, Names) is { } near
            ? $"There is no sub-command '{name}'; did you mean '{near}'? See --help."
            : $"There is no sub-command '{name}'; a method is called with: call {name}. See --help.");
    }
}
