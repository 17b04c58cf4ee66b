using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Architecture;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_one_that_was_reviewed()
    {
        string reviewed = Repository.PathOf("TrustRpc.Tests", "Architecture", "PublicApi.txt");
        string actual = Path.Combine(AppContext.BaseDirectory, "PublicApi.txt");
        string[] surface = PublicSurface.Describe(typeof(RpcServer).Assembly);
        File.WriteAllLines(actual, surface);
        string[] expected = File.Exists(reviewed) ? File.ReadAllLines(reviewed) : [];

        string[] added = [.. surface.Except(expected).Select(line => $"+ {line}")];
        string[] removed = [.. expected.Except(surface).Select(line => $"- {line}")];

        Assert.True(
            surface.SequenceEqual(expected),
            $"""
            What users can see of TrustRpc has changed:
            {string.Join(Environment.NewLine, [.. removed, .. added])}
            Where that is meant, say so in CHANGELOG.md and take the new surface over:
            cp {actual} {reviewed}
            """);
    }
}
