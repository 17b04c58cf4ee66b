using System.Reflection;

namespace TrustRpc.Discovery;

/// <summary>The version of the program that runs, as its own build says; what stands behind a + there names a commit and is nobody's business.</summary>
internal static class ProgramVersion
{
    public static string Current { get; } = Of(Assembly.GetEntryAssembly());

    private static string Of(Assembly? program)
    {
        string? text = program?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? program?.GetName().Version?.ToString();
        return string.IsNullOrEmpty(text) ? "0.0.0" : text.Split('+')[0];
    }
}
