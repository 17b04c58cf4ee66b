namespace TrustRpc.Connections;

/// <summary>Who sees to it that work goes on where the thread that does it is stuck.</summary>
internal interface ISuccession
{
    /// <summary>Appoints another thread to go on with the work, and with reading where the one that is stuck did both.</summary>
    void Succeed(WorkQueue work, int role);
}
