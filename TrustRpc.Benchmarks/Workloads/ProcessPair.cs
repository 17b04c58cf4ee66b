using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>A server process and a client process.</summary>
internal sealed class ProcessPair : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-");

    internal ProcessPair(bool pinned = false)
    {
        Server = new ChildProcess(pinned, "role:server", _directory.FullName);
        Client = new ChildProcess(pinned, "role:client");
    }

    internal ChildProcess Server { get; }

    internal ChildProcess Client { get; }

    /// <returns>The same load, with the address at which the server now listens for it.</returns>
    internal LoadSpec Listen(LoadSpec spec) => spec with { Address = Server.Ask("listen", spec.ToString()) };

    internal RunningLoad Open(LoadSpec spec) => new(Client, Client.Ask("open", Listen(spec).ToString()));

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _directory.Delete(recursive: true);
    }
}
