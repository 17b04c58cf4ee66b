namespace TrustRpc.Benchmarks.Loads;

/// <summary>Connections that have had one answer each and are silent since.</summary>
internal sealed class IdleConnections(List<IAsyncDisposable> connections) : IDisposable
{
    /// <summary>Connections that are held until this process ends.</summary>
    private static readonly List<IdleConnections> Held = [];

    internal static IdleConnections Open(LoadSpec spec)
    {
        var connector = LoadFactory.Connector(spec);
        var connections = new List<IAsyncDisposable>(spec.Connections);
        for (var i = 0; i < spec.Connections; i++)
            connections.Add(connector.OpenAsync().GetAwaiter().GetResult());
        var idle = new IdleConnections(connections);
        Held.Add(idle);
        return idle;
    }

    public void Dispose()
    {
        Held.Remove(this);
        foreach (var connection in connections)
            connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
