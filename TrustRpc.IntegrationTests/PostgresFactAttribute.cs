namespace TrustRpc.IntegrationTests;

/// <summary>A fact about a real PostgreSQL; where there is none, it is skipped and says why.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.WhyNot;
}
