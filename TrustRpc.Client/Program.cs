using TrustRpc.Client.Commands;
using TrustRpc.Programs;

// One file per sub-command; without one the program runs the demonstration.
return await Run.Async(() => args switch
{
    ["call", .. var rest] => CallCommand.RunAsync(rest),
    ["agent", .. var rest] => AgentCommand.RunAsync(rest),
    ["clients", .. var rest] => ClientsCommand.RunAsync(rest),
    ["send", .. var rest] => SendCommand.RunAsync(rest),
    ["subscribe", .. var rest] => SubscribeCommand.RunAsync(rest),
    ["sync", .. var rest] => SyncCommand.RunAsync(rest),
    ["chat", .. var rest] => ChatCommand.RunAsync(rest),
    ["demo", .. var rest] => DemoCommand.RunAsync(rest),
    ["openrpc", .. var rest] => OpenrpcCommand.RunAsync(rest),
    ["top", .. var rest] => TopCommand.RunAsync(rest),
    ["help" or "-h", ..] => DemoCommand.RunAsync(["--help"]),
    [var word, ..] when !word.StartsWith('-') => throw new UsageException($"There is no sub-command '{word}'; a method is called with: call {word}. See --help."),
    _ => DemoCommand.RunAsync(args),
});
