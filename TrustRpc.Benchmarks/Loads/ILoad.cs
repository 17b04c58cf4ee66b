namespace TrustRpc.Benchmarks.Loads;

/// <summary>Something that can be done for some time and counted.</summary>
internal interface ILoad
{
    Measurement Run(TimeSpan duration);
}
