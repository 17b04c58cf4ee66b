namespace TrustRpc.IntegrationTests;

/// <summary>A theory about a real PostgreSQL; where there is none, it is skipped and says why.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.WhyNot;
}
