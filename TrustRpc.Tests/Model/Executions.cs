namespace TrustRpc.Tests.Model;

/// <summary>How often a method has begun and ended.</summary>
internal sealed class Executions(Changes changes)
{
    private int _begun;
    private int _ended;

    public int Begun => Volatile.Read(ref _begun);

    public int Ended => Volatile.Read(ref _ended);

    /// <summary>True where none runs.</summary>
    public bool AreOver => Begun == Ended;

    public void Enter() => Interlocked.Increment(ref _begun);

    public void Leave()
    {
        Interlocked.Increment(ref _ended);
        changes.Raise();
    }

    public override string ToString() => $"{Begun}/{Ended}";
}
