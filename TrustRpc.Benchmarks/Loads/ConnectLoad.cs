namespace TrustRpc.Benchmarks.Loads;

/// <summary>Connect, one answer, close, and again.</summary>
internal sealed class ConnectLoad(IConnector connector, int sideBySide) : ILoad
{
    public Measurement Run(TimeSpan duration) => Loops.Run(duration, sideBySide, latencies: null, ConnectAsync);

    private async Task<long> ConnectAsync(int index, Loops loops)
    {
        long connections = 0;
        for (; !loops.Stopped; connections++)
        {
            var connection = await connector.OpenAsync();
            await connection.DisposeAsync();
        }
        return connections;
    }
}
