using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>One of the two peers of a walk.</summary>
internal sealed class WalkSide
{
    public WalkSide(string name, Walk walk, Stream stream, ConnectionSettings settings)
    {
        Name = name;
        RpcServices services = new RpcServices()
            .Add("work", (int call, CancellationToken token) => walk.Calls[call].WorkAsync(token))
            .Add("items", (int call, CancellationToken token) => walk.Calls[call].Items(token))
            .Add("take", (int call, IAsyncEnumerable<int> items, CancellationToken token) => walk.Calls[call].TakeAsync(items, token))
            .Add("both", (int call, IAsyncEnumerable<int> items, CancellationToken token) => walk.Calls[call].BothAsync(items, token));
        Connection = StreamConnection.Create(stream, services, settings);
    }

    public string Name { get; }

    public RpcConnection Connection { get; }

    public override string ToString() => $"{Name}: {Connection.Residue}";
}
