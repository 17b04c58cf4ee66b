using System.Buffers.Text;
using System.Security.Cryptography;

namespace TrustRpc.Benchmarks.Control;

/// <summary>The TRUST_ID of one run: made by the parent, handed to its children in their environment.</summary>
internal static class Secret
{
    internal const string Variable = "TRUST_ID";

    private static string? _shared;

    internal static string Shared => _shared ??= "tr1_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    internal static string Inherited =>
        Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"{Variable} is not set; this part is started by the benchmark itself.");
}
