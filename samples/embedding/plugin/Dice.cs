using TrustRpc;

namespace Plugin;

/// <summary>What a plugin offers.</summary>
public sealed class Dice
{
    /// <summary>Adds up what some dice show.</summary>
    /// <param name="shown">From 1 to 6 each.</param>
    [RpcMethod("dice.sum")]
    public int Sum(int[] shown) => shown.Sum();
}
