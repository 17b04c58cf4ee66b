using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TrustRpc.Tests.Model;

/// <summary>What a method does.</summary>
internal enum WalkKind
{
    /// <summary>Waits for its verdict and heeds its token.</summary>
    Work,

    /// <summary>Waits for its verdict and heeds nothing.</summary>
    Stubborn,

    /// <summary>Answers with a sequence.</summary>
    Items,

    /// <summary>Takes a sequence.</summary>
    Take,

    /// <summary>Takes a sequence and answers with one.</summary>
    Both,
}

/// <summary>How a method or sequence is told to end.</summary>
internal enum Verdict
{
    Return,
    Fail,
}

/// <summary>One call of a walk, seen from both sides, and what may have become of it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and its token is compared after the walk.")]
internal sealed class WalkCall(Walk walk, int number, WalkKind kind, WalkSide caller, TimeSpan? timeout, bool heedsToken)
{
    private const RpcErrorCode Told = (RpcErrorCode)4711;

    private readonly TaskCompletionSource<Verdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TimeSpan _begunAt = walk.Elapsed;
    private readonly Feed _feed = new(heedsToken);
    private readonly Tap _callerTap = new();
    private readonly Tap _calleeTap = new();
    private Task<int> _outcome = null!;
    private Verdict? _told;
    private bool _cancelled;
    private int _executions;
    private int _ended;
    private bool _tokenFired;

    public bool HasEndedForCaller => _outcome.IsCompleted;

    /// <summary>True where nothing of it runs on either side.</summary>
    public bool HasEnded => HasEndedForCaller && Volatile.Read(ref _executions) == Volatile.Read(ref _ended) && _feed.HasEnded;

    /// <summary>True where everything that heeds a token has ended.</summary>
    public bool HasEndedAsFarAsItHeeds
        => HasEndedForCaller && (kind == WalkKind.Stubborn || Volatile.Read(ref _executions) == Volatile.Read(ref _ended) || !heedsToken)
            && (!heedsToken || _feed.HasEnded);

    private bool IsUnary => kind is WalkKind.Work or WalkKind.Stubborn;

    private bool TimeIsUp => timeout is not null && walk.Elapsed - _begunAt >= timeout;

    /// <summary>True where the callee may count it although the caller knows its outcome.</summary>
    public bool OutlivesItsTime => TimeIsUp;

    public WalkSide Caller => caller;

    public static RpcException ToldToFail() => new(Told, "It was told to.");

    public void Begin() => _outcome = CallAsync();

    public void Cancel()
    {
        _cancelled = true;
        _cancellation.Cancel();
    }

    public void Tell(Verdict verdict)
    {
        if (IsUnary)
        {
            _told ??= verdict;
            _verdict.TrySetResult(_told.Value);
        }
        else
        {
            _feed.Finish(verdict);
        }
    }

    public void Give() => _feed.Give();

    public void Credit(bool atCaller) => (atCaller ? _callerTap : _calleeTap).Credit();

    public void Stop(bool atCaller) => (atCaller ? _callerTap : _calleeTap).Stop();

    /// <summary>Nothing holds the caller up any more but the peer.</summary>
    public void OpenCaller() => _callerTap.Open();

    /// <summary>Nothing holds the method up any more but the peer.</summary>
    public void OpenCallee()
    {
        Tell(Verdict.Return);
        _calleeTap.Open();
    }

    public async Task<int> WorkAsync(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            Verdict verdict = await _verdict.Task.WaitAsync(kind == WalkKind.Work ? cancellationToken : CancellationToken.None);
            return verdict == Verdict.Return ? number : throw ToldToFail();
        }
        finally
        {
            Leave(cancellationToken);
        }
    }

    public IAsyncEnumerable<int> Items(CancellationToken cancellationToken)
    {
        Enter();
        Leave(cancellationToken);
        return _feed.Items(CancellationToken.None);
    }

    public async Task<int> TakeAsync(IAsyncEnumerable<int> items, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await _calleeTap.DrainAsync(items, cancellationToken, CancellationToken.None);
            return number;
        }
        finally
        {
            Leave(cancellationToken);
        }
    }

    public async IAsyncEnumerable<int> BothAsync(IAsyncEnumerable<int> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await foreach (int item in items)
            {
                yield return item;
            }
        }
        finally
        {
            Leave(cancellationToken);
        }
    }

    /// <summary>Whether what became of it is what the protocol promises, given what the walk did.</summary>
    public async Task CheckAsync()
    {
        Assert.InRange(_executions, 0, 1);
        Assert.Equal(_executions, _ended);
        Assert.InRange(_feed.Begun, 0, 1);
        Assert.Equal(_feed.Begun, _feed.Disposed);
        Assert.InRange(_callerTap.Taken, 0, _feed.Yielded);
        Assert.InRange(_calleeTap.Taken, 0, _feed.Yielded);
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
            Assert.True(e.MayHaveBeenExecuted || _executions == 0, $"It was executed, but: {e.Message}");
        }

        if (kind == WalkKind.Work && _executions == 1 && _told is null)
        {
            Assert.True(_tokenFired, "Its method ended by no verdict and no token.");
        }
    }

    public override string ToString()
        => $"#{number} {kind} of {caller.Name}, timeout {timeout}, heeds {heedsToken}, cancelled {_cancelled}, told {_told}/{_feed.End}, executed {_executions}, ended {_ended}, "
            + $"feed {_feed.Begun}/{_feed.Disposed} yielded {_feed.Yielded}, taken {_callerTap.Taken}/{_calleeTap.Taken}, outcome {(_outcome.IsFaulted ? _outcome.Exception!.InnerException!.Message : _outcome.Status.ToString())}";

    private void CheckResult(int result)
    {
        Assert.Equal(number, result);
        if (IsUnary)
        {
            Assert.Equal((1, Verdict.Return), (_executions, _told));
        }
        else if (kind == WalkKind.Take)
        {
            Assert.Equal(1, _executions);
            Assert.True(_calleeTap.IsStopped || (_feed.End == Verdict.Return && _calleeTap.Taken == _feed.Yielded), "Items were lost.");
        }
        else
        {
            Assert.True(_callerTap.IsStopped || (_callerTap.CameToTheEnd && _feed.End == Verdict.Return && _callerTap.Taken == _feed.Yielded), "Items were lost.");
        }
    }

    private void CheckError(RpcCallException e)
    {
        switch (e.Code)
        {
            case Told:
                Assert.Equal(Verdict.Fail, IsUnary ? _told : _feed.End);
                Assert.True(kind is not WalkKind.Items || _callerTap.Taken == _feed.Yielded, "Items before the failure were lost.");
                break;
            case RpcErrorCode.DeadlineExceeded:
                Assert.True(TimeIsUp, e.ToString());
                break;
            case RpcErrorCode.ResourceExhausted:
                Assert.True(walk.MayBeFull(caller), e.ToString());
                Assert.Equal(0, _executions);
                break;
            case RpcErrorCode.Unavailable:
                Assert.True(walk.IsEnding, e.ToString());
                Assert.Equal(0, _executions);
                break;
            case RpcErrorCode.InternalError:
                // What broke the sequence that it takes reached the method, which let it pass.
                Assert.True(kind is WalkKind.Take or WalkKind.Both && (_feed.End == Verdict.Fail || TimeIsUp || walk.IsEnding), e.ToString());
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
        RpcCallOptions options = new() { Timeout = timeout };
        CancellationToken token = _cancellation.Token;
        RpcConnection connection = caller.Connection;
        switch (kind)
        {
            case WalkKind.Items:
                await _callerTap.DrainAsync(connection.StreamAsync<int>("items", [number], options, token), default, default);
                return number;
            case WalkKind.Both:
                await _callerTap.DrainAsync(connection.StreamAsync<int>("both", [number, _feed.Items()], options, token), default, default);
                return number;
            case WalkKind.Take:
                return await connection.CallAsync<int>("take", [number, _feed.Items()], options, token);
            default:
                return await connection.CallAsync<int>("work", [number], options, token);
        }
    }

    private void Enter() => Interlocked.Increment(ref _executions);

    private void Leave(CancellationToken cancellationToken)
    {
        _tokenFired = cancellationToken.IsCancellationRequested;
        Interlocked.Increment(ref _ended);
    }
}
