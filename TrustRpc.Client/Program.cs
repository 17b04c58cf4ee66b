using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

return await Run.Async(() => Dispatch.RunAsync(args));
