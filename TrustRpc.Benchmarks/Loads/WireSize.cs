namespace TrustRpc.Benchmarks.Loads;

/// <summary>The bytes of a call's two frames (docs/PROTOCOL.md, sections 2 and 5), so that raw sockets carry as many.</summary>
internal readonly record struct WireSize(int Request, int Response)
{
    private const int Header = 4;

    /// <summary>Ids reach six digits within the warm-up.</summary>
    private const string Id = "100000";

    internal static WireSize Of(LoadSpec spec) => spec.Kind == LoadKind.Connect
        ? new WireSize(1, 1)
        : new WireSize(
            Header + $$"""{"jsonrpc":"2.0","id":{{Id}},"method":"{{spec.Method}}","params":[""]}""".Length + spec.Characters,
            Header + $$"""{"jsonrpc":"2.0","id":{{Id}},"result":""}""".Length + spec.Characters);
}
