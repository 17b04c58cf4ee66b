namespace TrustRpc.Tests.Support;

/// <summary>Tests that listen to the whole process: no other runs beside them.</summary>
[CollectionDefinition("Listeners", DisableParallelization = true)]
public sealed class ListenersCollection;
