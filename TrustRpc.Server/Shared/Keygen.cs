namespace TrustRpc.Programs;

/// <summary>Makes a secret, for whoever keeps it.</summary>
internal static class Keygen
{
    /// <summary>The line for <c>.env</c> goes to standard output, what may be seen by anybody to standard error.</summary>
    public static void Print()
    {
        TrustId fresh = TrustId.Generate();
        Console.WriteLine($"TRUST_ID={fresh.ExportSecretText()}");
        Console.Error.WriteLine($"fingerprint {fresh.Fingerprint}; keep the line above to yourself");
    }
}
