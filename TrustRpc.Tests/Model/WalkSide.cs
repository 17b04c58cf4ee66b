using System.Runtime.CompilerServices;
using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>One of the two peers of a walk.</summary>
internal sealed class WalkSide
{
    /// <summary>More than a walk makes.</summary>
    public const int ManyCalls = 64;

    /// <summary>Sides that share their methods: to register them takes longer than to walk, and each is held against its method that a busy machine held it up.</summary>
    private const int SidesPerRegistration = 200;

    private static readonly ConditionalWeakTable<RpcConnection, WalkSide> s_sides = [];

    private static int s_count;
    private static RpcServices s_services = Register();

    private readonly Walk _walk;
    private readonly int _maxCalls;
    private int _notifications;
    private int _notificationsRunning;

    public WalkSide(string name, Walk walk, Stream stream, ConnectionSettings settings)
    {
        Name = name;
        _walk = walk;
        _maxCalls = settings.MaxCalls;
        if (Interlocked.Increment(ref s_count) % SidesPerRegistration == 0)
        {
            s_services = Register();
        }

        Connection = StreamConnection.Create(stream, s_services, settings);
        s_sides.Add(Connection, this);
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

    private static RpcServices Register() => new RpcServices()
        .Add("work", (int call, RpcContext context) => Method(call, context).WorkAsync(context.CancellationToken))
        .Add("note", (int call, RpcContext context) => Of(context).NoteAsync(call, context.CancellationToken))
        .Add("items", (int call, RpcContext context) => Method(call, context).Items())
        .Add("take", (int call, IAsyncEnumerable<int> items, RpcContext context) => Method(call, context).TakeAsync(items, context.CancellationToken))
        .Add("both", (int call, IAsyncEnumerable<int> items, RpcContext context) => Method(call, context).BothAsync(items))
        .Add("report", (int call, IProgress<int> progress, RpcContext context) => Method(call, context).ReportAsync(progress, context.CancellationToken))
        .Add("ask", (int call, RpcContext context) => Method(call, context).AskAsync(context))
        .Add("answer", (int call, RpcContext context) => Method(call, context).AnswerAsync(context.CancellationToken));

    private static WalkMethod Method(int call, RpcContext context) => Of(context)._walk.Calls[call].Method;

    private static WalkSide Of(RpcContext context) => s_sides.TryGetValue(context.Connection, out WalkSide? side) ? side : throw new InvalidOperationException("No walk's.");

    private async Task NoteAsync(int call, CancellationToken cancellationToken)
    {
        RanTwoNotificationsAtOnce |= Interlocked.Increment(ref _notificationsRunning) != 1;
        try
        {
            await _walk.Calls[call].Method.WorkAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _notificationsRunning);
        }
    }
}
