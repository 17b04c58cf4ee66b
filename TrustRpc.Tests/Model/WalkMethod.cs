using System.Runtime.CompilerServices;

namespace TrustRpc.Tests.Model;

/// <summary>The callee's side of one call of a walk: what its method does, as the walk tells it.</summary>
internal sealed class WalkMethod(WalkTerms terms, Changes changes)
{
    public const RpcErrorCode Told = (RpcErrorCode)4711;

    private readonly TaskCompletionSource<Verdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Verdict? _told;

    /// <summary>The method.</summary>
    public Executions Runs { get; } = new(changes);

    /// <summary>The caller's method that it calls back.</summary>
    public Executions Answers { get; } = new(changes);

    /// <summary>The sequence that the call takes or brings, or the steps of its progress.</summary>
    public Feed Feed { get; } = new(terms.HeedsToken, changes);

    /// <summary>How it takes a sequence.</summary>
    public Tap Tap { get; } = new();

    /// <summary>How it was told to end; null = not yet.</summary>
    public Verdict? End => terms.HasVerdict ? _told : Feed.End;

    /// <summary>True where nothing of it runs, on either side.</summary>
    public bool HasEnded => Runs.AreOver && Answers.AreOver && Feed.HasEnded;

    /// <summary>True where nothing of it runs that heeds a token.</summary>
    public bool HasEndedAsFarAsItHeeds => terms.Kind switch
    {
        WalkKind.Stubborn => true,
        WalkKind.Work or WalkKind.Ask => HasEnded,
        _ => HasEnded || !terms.HeedsToken,
    };

    public static RpcException ToldToFail() => new(Told, "It was told to.");

    public void Tell(Verdict verdict)
    {
        if (terms.HasVerdict)
        {
            _told ??= verdict;
            _verdict.TrySetResult(_told.Value);
        }
        else
        {
            Feed.Finish(verdict);
        }
    }

    /// <summary>Nothing holds it up any more but the peer.</summary>
    public void Open()
    {
        Tell(Verdict.Return);
        Tap.Open();
    }

    public Task<int> WorkAsync(CancellationToken cancellationToken)
    {
        bool heeds = terms.Kind == WalkKind.Work || (terms.Kind == WalkKind.Note && terms.HeedsToken);
        return DecideAsync(Runs, heeds ? cancellationToken : CancellationToken.None);
    }

    public Task<int> AnswerAsync(CancellationToken cancellationToken) => DecideAsync(Answers, cancellationToken);

    public IAsyncEnumerable<int> Items()
    {
        Runs.Enter();
        Runs.Leave();
        return Feed.Items(CancellationToken.None);
    }

    public async Task<int> TakeAsync(IAsyncEnumerable<int> items, CancellationToken cancellationToken)
    {
        Runs.Enter();
        try
        {
            await Tap.DrainAsync(items, cancellationToken);
            return terms.Number;
        }
        finally
        {
            Runs.Leave();
        }
    }

    public async IAsyncEnumerable<int> BothAsync(IAsyncEnumerable<int> items)
    {
        Runs.Enter();
        try
        {
            await foreach (int item in items)
            {
                yield return item;
            }
        }
        finally
        {
            Runs.Leave();
        }
    }

    public async Task<int> ReportAsync(IProgress<int> progress, CancellationToken cancellationToken)
    {
        Runs.Enter();
        try
        {
            await foreach (int item in Feed.Items(cancellationToken))
            {
                progress.Report(item);
            }

            return terms.Number;
        }
        finally
        {
            Runs.Leave();
        }
    }

    public async Task<int> AskAsync(RpcContext context)
    {
        Runs.Enter();
        try
        {
            return terms.Blocks ? context.Call<int>("answer", [terms.Number]) : await context.CallAsync<int>("answer", [terms.Number]);
        }
        finally
        {
            Runs.Leave();
        }
    }

    public override string ToString() => $"told {End}, runs {Runs}, answers {Answers}, feed {Feed.Begun}/{Feed.Disposed} yielded {Feed.Yielded}, taken {Tap.Taken}";

    private async Task<int> DecideAsync(Executions executions, CancellationToken cancellationToken)
    {
        executions.Enter();
        try
        {
            return await _verdict.Task.WaitAsync(cancellationToken) == Verdict.Return ? terms.Number : throw ToldToFail();
        }
        finally
        {
            executions.Leave();
        }
    }
}
