using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Workloads;
#if TRUSTRPC_API
using TrustRpc.Benchmarks.Management;
#endif

// One program, four parts: it starts itself as server, as client, and as a process that asks once and ends.
return args switch
{
    ["role:server", var directory] => ServerRole.Run(directory),
    ["role:client"] => ClientRole.Run(),
#if TRUSTRPC_API
    ["role:managed", var directory] => ManagedServer.Run(directory),
    ["role:agents", var process] => Agents.Run(process),
#endif
    ["role:first", var protocol, var address] => FirstAnswer.Run(protocol, address),
    _ => BenchmarkRun.Start(args),
};
