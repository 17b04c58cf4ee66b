using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Workloads;

// One program, four parts: it starts itself as server, as client, and as a process that asks once and ends.
return args switch
{
    ["role:server", var directory] => ServerRole.Run(directory),
    ["role:client"] => ClientRole.Run(),
    ["role:first", var protocol, var address] => FirstAnswer.Run(protocol, address),
    _ => BenchmarkRun.Start(args),
};
