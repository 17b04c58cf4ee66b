using TrustRpc.Programs;
using TrustRpc.Server.Commands;

// One file per sub-command; without one the program serves.
return await Run.Async(() => args switch
{
    ["keygen", .. var rest] => KeygenCommand.RunAsync(rest),
    ["chat", .. var rest] => ChatCommand.RunAsync(rest),
    ["serve", .. var rest] => ServeCommand.RunAsync(rest),
    ["help" or "-h", ..] => ServeCommand.RunAsync(["--help"]),
    [var word, ..] when !word.StartsWith('-') => throw new UsageException(
        $"There is no sub-command '{word}'{(Nearest.To(word, ["keygen", "chat", "serve", "help"]) is { } near ? $"; did you mean '{near}'?" : ".")} See --help."),
    _ => ServeCommand.RunAsync(args),
});
