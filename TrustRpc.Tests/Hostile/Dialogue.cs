using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TrustRpc.Tests.Model;

namespace TrustRpc.Tests.Hostile;

/// <summary>What is said in a <see cref="FaultyConversation"/>: a call, a call back, a stream both ways, progress, a notification and a cancelled call. Keeps what each side saw of each.</summary>
internal sealed class Dialogue
{
    // Made once: to register a method takes longer than to say it all.
    private static readonly RpcServices s_services = new RpcServices()
        .Add("a", (int a, int b, RpcContext context) => Of(context).Execute("a", a + b))
        .Add("q", async (RpcContext context) => Of(context).Execute("q", 3) + await context.CallAsync<int>("n"))
        .Add("n", (RpcContext context) => Of(context).Execute("n", 4))
        .Add("d", (IAsyncEnumerable<int> items, RpcContext context) => Of(context).DoubleAsync(items))
        .Add("p", (IProgress<int> progress, RpcContext context) =>
        {
            progress.Report(0);
            progress.Report(1);
            return Of(context).Execute("p", 2);
        })
        .Add("t", (RpcContext context) => Of(context).Execute("t", 0))
        .Add("w", (RpcContext context) => Of(context).WaitAsync(context.CancellationToken));

    private static readonly ConditionalWeakTable<RpcConnection, Dialogue> s_dialogues = [];

    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> _executed = [];
    private readonly Changes _changes = new();
    private readonly Feed _feed;
    private readonly Hearer _hearer = new();
    private readonly Executions _waiting;
    private readonly Executions _doubling;

    public Dialogue()
    {
        (_waiting, _doubling) = (new Executions(_changes), new Executions(_changes));
        _feed = new Feed(heedsToken: true, _changes);
        for (int i = 0; i < 3; i++)
            _feed.Give();
        _feed.Finish(Verdict.Return);
    }

    /// <summary>The methods of both sides.</summary>
    public static RpcServices Services => s_services;

    /// <summary>How each part ended for the client; null = as it should.</summary>
    public Dictionary<string, Exception?> Outcomes { get; } = [];

    /// <summary>True where nothing of it runs any more.</summary>
    public bool IsOver => _feed.HasEnded && _waiting.AreOver && _doubling.AreOver;

    public int Executed(string method) => _executed.GetValueOrDefault(method);

    /// <summary>A connection on which it is held.</summary>
    public void Join(RpcConnection connection) => s_dialogues.Add(connection, this);

    /// <summary>Says it all, one after the other, but for what would come after two failures.</summary>
    public async Task HoldAsync(RpcConnection client)
    {
        await SayAsync("t", async () => await client.NotifyAsync("t"));
        await SayAsync("a", async () => Assert.Equal(3, await client.CallAsync<int>("a", [1, 2])));
        await SayAsync("q", async () => Assert.Equal(7, await client.CallAsync<int>("q")));
        await SayAsync("d", async () => Assert.Equal([0, 2, 4], await client.StreamAsync<int>("d", [_feed.Items()]).ToListAsync()));
        await SayAsync("p", async () => Assert.Equal(2, await client.CallAsync<int>("p", [_hearer])));
        await SayAsync("w", () => CancelAsync(client));
    }

    /// <summary>That it went as if nothing had happened.</summary>
    public void ExpectSuccess()
    {
        Assert.All(Outcomes, outcome => Assert.Null(outcome.Value));
        Assert.All((string[])["t", "a", "q", "n", "d", "p", "w"], method => Assert.Equal(1, Executed(method)));
        Assert.Equal((1, 1, 3), (_feed.Begun, _feed.Disposed, _feed.Yielded));
        Assert.Equal(2, _hearer.Heard);
        Assert.Empty(_hearer.Problems);
    }

    /// <summary>That nothing ran twice, and each part that failed says what is true of it.</summary>
    /// <param name="isTimeUp">Whether deadlines may have ended something.</param>
    /// <param name="isHalfOpen">Whether the server may have answered although it heard no more.</param>
    public void ExpectHonesty(bool isTimeUp, bool isHalfOpen)
    {
        Assert.All(_executed, executed => Assert.Equal(1, executed.Value));
        Assert.InRange(_feed.Begun, 0, 1);
        Assert.Empty(_hearer.Problems);
        foreach ((string method, Exception? outcome) in Outcomes)
        {
            switch (outcome)
            {
                case null:
                    Assert.True(method == "t" || Executed(method) == 1, $"'{method}' succeeded and was not executed.");
                    break;
                case RpcConnectionException e:
                    Assert.True(e.MayHaveBeenExecuted || Executed(method) == 0, $"'{method}' was executed: {e}");
                    break;
                case RpcCallException { Code: RpcErrorCode.DeadlineExceeded, InnerException: TimeoutException }:
                    Assert.True(isTimeUp, outcome.ToString());
                    break;
                case RpcCallException { Code: RpcErrorCode.Cancelled }:
                    Assert.True(isHalfOpen, outcome.ToString());
                    break;
                case RpcCallException { Code: RpcErrorCode.InternalError }:
                    // What a method calls back, or takes, was late for it as well.
                    Assert.True((isTimeUp || isHalfOpen) && method is "q" or "d", outcome.ToString());
                    break;
                default:
                    Assert.Fail($"'{method}' ended as nothing does: {outcome}");
                    break;
            }
        }
    }

    public override string ToString() => string.Join(", ", Outcomes.Select(outcome => $"{outcome.Key}: {outcome.Value?.Message ?? "well"}"));

    private static Dialogue Of(RpcContext context)
        => s_dialogues.TryGetValue(context.Connection, out Dialogue? dialogue) ? dialogue : throw new InvalidOperationException("No dialogue's.");

    private int Execute(string method, int result)
    {
        _executed.AddOrUpdate(method, 1, (_, times) => times + 1);
        return result;
    }

    private async IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> items)
    {
        _doubling.Enter();
        Execute("d", 0);
        try
        {
            await foreach (int item in items)
                yield return 2 * item;
        }
        finally
        {
            _doubling.Leave();
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        _waiting.Enter();
        Execute("w", 0);
        _waits.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            _waiting.Leave();
        }
    }

    private async Task CancelAsync(RpcConnection client)
    {
        using CancellationTokenSource given = new();
        Task call = client.CallAsync("w", [], given.Token).AsTask();
        await Task.WhenAny(_waits.Task, call);
        await given.CancelAsync();
        try
        {
            await call;
            Assert.Fail("It came back.");
        }
        catch (OperationCanceledException e)
        {
            Assert.Equal(given.Token, e.CancellationToken);
        }
    }

    private async Task SayAsync(string method, Func<Task> say)
    {
        if (Outcomes.Values.Count(outcome => outcome is not null) == 2)
        {
            return;
        }

        try
        {
            await say();
            Outcomes.Add(method, null);
        }
        catch (Exception e)
        {
            Outcomes.Add(method, e);
        }
    }
}
