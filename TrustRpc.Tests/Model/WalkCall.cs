using System.Diagnostics.CodeAnalysis;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>One call of a walk, seen from both sides, and what may have become of it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and its token is compared after the walk.")]
internal sealed class WalkCall(Walk walk, WalkSide caller, WalkTerms terms)
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TimeSpan _begunAt = walk.Elapsed;
    private readonly Tap _tap = new();
    private readonly Hearer _hearer = new();
    private Task<int> _outcome = null!;
    private bool _cancelled;

    /// <summary>The callee's side.</summary>
    public WalkMethod Method { get; } = new(terms, walk.Changes);

    /// <summary>True where nothing of it runs on either side.</summary>
    public bool HasEnded => _outcome.IsCompleted && Method.HasEnded;

    /// <summary>True where everything that heeds a token has ended.</summary>
    public bool HasEndedAsFarAsItHeeds => _outcome.IsCompleted && Method.HasEndedAsFarAsItHeeds;

    /// <summary>True but for a notification that was sent and has not run.</summary>
    public bool HasArrived => terms.Kind != WalkKind.Note || !_outcome.IsCompletedSuccessfully || Method.Runs.Ended == 1;

    private bool TimeIsUp => terms.Timeout is not null && walk.Elapsed - _begunAt >= terms.Timeout;

    public void Begin()
    {
        _outcome = terms.Blocks ? CallOnOwnThreadAsync() : CallAsync();
        _outcome.ContinueWith(_ => walk.Changes.Raise(), TaskScheduler.Default);
    }

    public void Cancel()
    {
        _cancelled = true;
        _cancellation.Cancel();
    }

    public void Credit(bool atCaller) => (atCaller ? _tap : Method.Tap).Credit();

    public void Stop(bool atCaller) => (atCaller ? _tap : Method.Tap).Stop();

    /// <summary>Nothing holds the caller up any more but the peer.</summary>
    public void OpenCaller() => _tap.Open();

    /// <summary>Whether what became of it is what the protocol promises, given what the walk did.</summary>
    public async Task CheckAsync()
    {
        Assert.InRange(Method.Runs.Begun, 0, 1);
        Assert.InRange(Method.Answers.Begun, 0, Method.Runs.Begun);
        Assert.InRange(Method.Feed.Begun, 0, 1);
        Assert.True(Method.HasEnded, "It runs on.");
        Assert.InRange(_tap.Taken, 0, Method.Feed.Yielded);
        Assert.InRange(Method.Tap.Taken, 0, Method.Feed.Yielded);
        Assert.InRange(_hearer.Heard, 0, Method.Feed.Yielded);
        Assert.Empty(_hearer.Problems);
        try
        {
            CheckResult(await _outcome);
        }
        catch (OperationCanceledException e)
        {
            Assert.True(_cancelled, "It was not cancelled.");
            Assert.Equal(_cancellation.Token, e.CancellationToken);
        }
        catch (RpcCallException e)
        {
            CheckError(e);
        }
        catch (RpcConnectionException e)
        {
            Assert.True(walk.IsEnding, e.ToString());
            Assert.True(e.MayHaveBeenExecuted || Method.Runs.Begun == 0, $"It was executed, but: {e.Message}");
        }
    }

    public override string ToString()
        => $"{terms} of {caller.Name}, cancelled {_cancelled}, {Method}, caller took {_tap.Taken}, heard {_hearer.Heard}, "
            + $"outcome {(_outcome.IsFaulted ? _outcome.Exception!.InnerException!.Message : _outcome.Status.ToString())}";

    private void CheckResult(int result)
    {
        Assert.Equal(terms.Number, result);
        switch (terms.Kind)
        {
            case WalkKind.Work or WalkKind.Stubborn:
                Assert.Equal((1, Verdict.Return), (Method.Runs.Begun, Method.End));
                break;
            case WalkKind.Ask:
                Assert.Equal((1, 1, Verdict.Return), (Method.Runs.Begun, Method.Answers.Begun, Method.End));
                break;
            case WalkKind.Report:
                Assert.Equal((1, Method.Feed.Yielded, Verdict.Return), (Method.Runs.Begun, _hearer.Heard, Method.End));
                break;
            case WalkKind.Take:
                Assert.Equal(1, Method.Runs.Begun);
                Assert.True(Method.Tap.IsStopped || (Method.End == Verdict.Return && Method.Tap.Taken == Method.Feed.Yielded), "Items were lost.");
                break;
            case WalkKind.Items or WalkKind.Both:
                Assert.True(_tap.IsStopped || (_tap.CameToTheEnd && Method.End == Verdict.Return && _tap.Taken == Method.Feed.Yielded), "Items were lost.");
                break;
        }
    }

    private void CheckError(RpcCallException e)
    {
        switch (e.Code)
        {
            case WalkMethod.Told:
                Assert.Equal(Verdict.Fail, Method.End);
                Assert.True(terms.Kind is not WalkKind.Items || _tap.Taken == Method.Feed.Yielded, "Items before the failure were lost.");
                Assert.True(terms.Kind is not WalkKind.Report || _hearer.Heard == Method.Feed.Yielded, "Reports before the failure were lost.");
                break;
            case RpcErrorCode.DeadlineExceeded:
                Assert.True(TimeIsUp, e.ToString());
                break;
            case RpcErrorCode.Unavailable:
                Assert.True(walk.IsEnding, e.ToString());
                Assert.Equal(0, Method.Runs.Begun);
                break;
            case RpcErrorCode.InternalError:
                // What broke the sequence that it takes, or the call that it makes, reached the method, which let it pass.
                Assert.True(terms.Kind is WalkKind.Take or WalkKind.Both or WalkKind.Ask, e.ToString());
                Assert.True(Method.End == Verdict.Fail || TimeIsUp || walk.IsEnding, e.ToString());
                break;
            case RpcErrorCode.Cancelled:
                Assert.True(walk.IsEnding, e.ToString());
                break;
            default:
                Assert.Fail($"Nothing ends like this here: {e}");
                break;
        }
    }

    private async Task<int> CallAsync()
    {
        await Task.Yield();
        RpcCallOptions options = new() { Timeout = terms.Timeout };
        CancellationToken token = _cancellation.Token;
        RpcConnection connection = caller.Connection;
        switch (terms.Kind)
        {
            case WalkKind.Note:
                await connection.NotifyAsync("note", [terms.Number]);
                return terms.Number;
            case WalkKind.Items:
                await _tap.DrainAsync(connection.StreamAsync<int>("items", [terms.Number], options, token));
                return terms.Number;
            case WalkKind.Both:
                await _tap.DrainAsync(connection.StreamAsync<int>("both", [terms.Number, Method.Feed.Items()], options, token));
                return terms.Number;
            default:
                return await connection.CallAsync<int>(Name, Arguments(), options, token);
        }
    }

    private Task<int> CallOnOwnThreadAsync() => Patience.OnOwnThread(() =>
    {
        RpcCallOptions options = new() { Timeout = terms.Timeout };
        CancellationToken token = _cancellation.Token;
        RpcConnection connection = caller.Connection;
        switch (terms.Kind)
        {
            case WalkKind.Note:
                connection.NotifyAsync("note", [terms.Number]).AsTask().GetAwaiter().GetResult();
                return terms.Number;
            case WalkKind.Items:
                _tap.Drain(connection.Stream<int>("items", [terms.Number], options, token));
                return terms.Number;
            case WalkKind.Both:
                _tap.Drain(connection.Stream<int>("both", [terms.Number, Method.Feed.Items()], options, token));
                return terms.Number;
            default:
                return connection.Call<int>(Name, Arguments(), options, token);
        }
    });

    private string Name => terms.Kind switch
    {
        WalkKind.Take => "take",
        WalkKind.Report => "report",
        WalkKind.Ask => "ask",
        _ => "work",
    };

    private object?[] Arguments() => terms.Kind switch
    {
        WalkKind.Take => [terms.Number, Method.Feed.Items()],
        WalkKind.Report => [terms.Number, _hearer],
        _ => [terms.Number],
    };
}
