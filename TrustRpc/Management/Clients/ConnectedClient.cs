namespace TrustRpc.Management;

/// <summary>A client that is connected, over one connection or several that share its id. What changes it does so under its lock.</summary>
internal sealed class ConnectedClient(string uuid)
{
    private readonly List<RpcConnection> _connections = [];
    private int _pending;

    public string Uuid => uuid;

    public Lock Gate { get; } = new();

    /// <summary>As it was saved last.</summary>
    public KnownClient? Known { get; set; }

    /// <summary>Commands that it has not answered.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Set once it is on no list any more; whoever finds it so looks for another.</summary>
    public bool IsGone { get; set; }

    public List<RpcConnection> Connections => _connections;

    /// <summary>The newest connection that takes calls; null = there is none.</summary>
    public RpcConnection? Newest
    {
        get
        {
            lock (Gate)
            {
                return _connections.FindLast(static connection => connection.IsOpen);
            }
        }
    }

    public void BeginCommand() => Interlocked.Increment(ref _pending);

    public void EndCommand() => Interlocked.Decrement(ref _pending);
}
