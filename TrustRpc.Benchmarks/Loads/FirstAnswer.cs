namespace TrustRpc.Benchmarks.Loads;

/// <summary>A process that connects, gets one answer, says so and ends.</summary>
internal static class FirstAnswer
{
    internal static int Run(string protocol, string address)
    {
        var spec = new LoadSpec(protocol == nameof(Protocol.Raw) ? Protocol.Raw : Protocol.TrustRpc) { Kind = LoadKind.Connect, Address = address };
        var connection = LoadFactory.Connector(spec).OpenAsync().GetAwaiter().GetResult();
        Console.Out.WriteLine("answered");
        connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;
    }
}
