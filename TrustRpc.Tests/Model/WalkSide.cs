using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>One of the two peers of a walk.</summary>
internal sealed class WalkSide
{
    /// <summary>More than a walk makes.</summary>
    public const int ManyCalls = 64;

    private readonly Walk _walk;
    private readonly int _maxCalls;
    private int _notifications;
    private int _notificationsRunning;

    public WalkSide(string name, Walk walk, Stream stream, ConnectionSettings settings)
    {
        Name = name;
        _walk = walk;
        _maxCalls = settings.MaxCalls;
        RpcServices services = new RpcServices()
            .Add("work", (int call, CancellationToken token) => Method(call).WorkAsync(token))
            .Add("note", NoteAsync)
            .Add("items", (int call, CancellationToken token) => Method(call).Items())
            .Add("take", (int call, IAsyncEnumerable<int> items, CancellationToken token) => Method(call).TakeAsync(items, token))
            .Add("both", (int call, IAsyncEnumerable<int> items, CancellationToken token) => Method(call).BothAsync(items))
            .Add("report", (int call, IProgress<int> progress, CancellationToken token) => Method(call).ReportAsync(progress, token))
            .Add("ask", (int call, RpcContext context) => Method(call).AskAsync(context))
            .Add("answer", (int call, CancellationToken token) => Method(call).AnswerAsync(token));
        Connection = StreamConnection.Create(stream, services, settings);
    }

    public string Name { get; }

    public RpcConnection Connection { get; }

    /// <summary>True where two notifications were seen to run at once.</summary>
    public bool RanTwoNotificationsAtOnce { get; private set; }

    /// <summary>Whether a call of that kind may be made without one of the limits ending it, or all.</summary>
    public bool Allows(WalkKind kind) => kind switch
    {
        // One more than the peer's queue holds would end the connection.
        WalkKind.Note => _notifications++ < _maxCalls,

        // Two peers that ask each other, each with its last place, would wait for each other.
        WalkKind.Ask => _maxCalls == ManyCalls || Name == "A",
        _ => true,
    };

    public override string ToString() => $"{Name}: {Connection.Residue}";

    private WalkMethod Method(int call) => _walk.Calls[call].Method;

    private async Task NoteAsync(int call, CancellationToken cancellationToken)
    {
        RanTwoNotificationsAtOnce |= Interlocked.Increment(ref _notificationsRunning) != 1;
        try
        {
            await Method(call).WorkAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _notificationsRunning);
        }
    }
}
