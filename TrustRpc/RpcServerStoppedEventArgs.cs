namespace TrustRpc;

/// <summary>A server has stopped: its last connection has ended and been reported. Not thread-safe: for the handler, while it runs.</summary>
public sealed class RpcServerStoppedEventArgs : EventArgs
{
    private readonly List<Task> _waits = [];

    internal RpcServerStoppedEventArgs()
    {
    }

    internal Task Waits => Task.WhenAll(_waits);

    /// <summary>Lets <see cref="RpcServer.StopAsync"/> complete no sooner than a task; its failure is reported as <see cref="RpcServer.Error"/>.</summary>
    /// <param name="task">What is still to be done, such as closing files.</param>
    public void WaitFor(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        _waits.Add(task);
    }
}
