namespace TrustRpc.Services;

/// <summary>What the analysers tell users who trim or compile ahead of time.</summary>
internal static class Reflection
{
    public const string Reason = "Methods are found by reflection, and their arguments and results are serialised by reflection; keep their types when trimming.";

    public const string DynamicReason = "Generic code is made at run time for the methods' types.";
}
