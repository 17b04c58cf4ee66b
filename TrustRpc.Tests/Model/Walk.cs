using System.Runtime.CompilerServices;
using System.Text;
using TrustRpc.Connections;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>
/// A random sequence of calls, cancellations, credit, items, errors, passing time and ends at two peers, decided by a seed alone, and what must hold after it. What the
/// peers' own threads do meanwhile is as random as they are: a step waits for them only where the seed says so.
/// </summary>
internal sealed class Walk
{
    private const int MostCalls = 12;

    private readonly Random _random;
    private readonly ManualTimeProvider _time = new();
    private readonly DuplexPair _pair;
    private readonly WalkSide[] _sides;
    private readonly StringBuilder _log = new();
    private int _count;
    private volatile bool _ending;

    public Walk(int seed)
    {
        _random = new Random(seed);
        int capacity = _random.Next(4) == 0 ? _random.Next(64, 1024) : int.MaxValue;
        _pair = DuplexPair.Create(capacity);
        ConnectionSettings settings = new()
        {
            MaxFrame = 4096,
            MaxCalls = _random.Next(2) == 0 ? _random.Next(1, 4) : 64,
            Streams = new StreamLimits(1024, _random.Next(1, 5), 1024),
            Time = _time,
        };
        _sides = [new WalkSide("A", this, _pair.First, settings), new WalkSide("B", this, _pair.Second, settings)];
        _log.Append($"seed {seed}: capacity {capacity}, maxCalls {settings.MaxCalls}, readAhead {settings.Streams.ReadAheadItems}\n");
    }

    public WalkCall[] Calls { get; } = new WalkCall[MostCalls];

    public TimeSpan Elapsed => _time.GetElapsedTime(0);

    /// <summary>True once something has been done that ends the connection.</summary>
    public bool IsEnding => _ending;

    private IEnumerable<WalkCall> Begun => Calls.Take(_count);

    /// <summary>True where the peer may still run a call that this side has seen the end of.</summary>
    public bool MayBeFull(WalkSide caller) => Begun.Any(call => call.Caller == caller && call.OutlivesItsTime);

    public async Task RunAsync()
    {
        Array.ForEach(_sides, side => side.Connection.Start());
        try
        {
            for (int left = _random.Next(3, 24); left > 0; left--)
            {
                await StepAsync();
            }

            await EndAsync();
            await CheckAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{_log}{string.Join('\n', Begun)}\n{_sides[0]}\n{_sides[1]}\n{e}", e);
        }
    }

    private async Task StepAsync()
    {
        int what = _random.Next(20);
        if (what < 5 && _count < MostCalls)
        {
            Call();
        }
        else if (what == 19)
        {
            var by = TimeSpan.FromSeconds(_random.Next(1, 4));
            Note($"{by} pass");
            _time.Advance(by);
        }
        else if (_count > 0)
        {
            Touch(_random.Next(_count), what);
        }

        if (_random.Next(3) == 0)
        {
            Note("wait");
            await Task.WhenAll(_sides[0].Connection.PingAsync(), _sides[1].Connection.PingAsync()).InTime();
        }
    }

    private void Call()
    {
        var kind = (WalkKind)_random.Next(5);
        WalkSide caller = _sides[_random.Next(2)];
        TimeSpan? timeout = _random.Next(3) == 0 ? TimeSpan.FromSeconds(_random.Next(1, 6)) : null;
        bool heedsToken = _random.Next(5) != 0;
        Note($"{caller.Name} calls #{_count} {kind}");
        WalkCall call = Calls[_count] = new WalkCall(this, _count, kind, caller, timeout, heedsToken);
        _count++;
        call.Begin();
    }

    private void Touch(int number, int what)
    {
        WalkCall call = Calls[number];
        bool atCaller = _random.Next(3) != 0;
        switch (what % 8)
        {
            case 0:
                Note($"cancel #{number}");
                call.Cancel();
                break;
            case 1:
                Verdict verdict = _random.Next(3) == 0 ? Verdict.Fail : Verdict.Return;
                Note($"{verdict} #{number}");
                call.Tell(verdict);
                break;
            case 2 when _random.Next(3) == 0:
                Note($"stop #{number} {atCaller}");
                call.Stop(atCaller);
                break;
            case < 5:
                Note($"item #{number}");
                call.Give();
                break;
            default:
                Note($"credit #{number} {atCaller}");
                call.Credit(atCaller);
                break;
        }
    }

    private async Task EndAsync()
    {
        RpcConnection one = _sides[_random.Next(2)].Connection;
        int how = _random.Next(8);
        Note($"end {how}");
        switch (how)
        {
            case < 3:
                await SettleAsync();
                await ExpectNothingLeftAsync();
                Assert.All(_sides, side => Assert.Equal(0, side.Connection.StrayResponses));
                _ending = true;
                await one.CloseAsync().InTime();
                break;
            case 3:
                _ending = true;
                await one.CloseAsync().InTime();
                break;
            case 4:
                _ending = true;
                Task closing = one.CloseAsync(TimeSpan.FromSeconds(5));
                await SettleAsync();
                await closing.InTime();
                break;
            case 5:
                _ending = true;
                await Task.WhenAll(_sides[0].Connection.CloseAsync(), _sides[1].Connection.CloseAsync()).InTime();
                break;
            case 6:
                _ending = true;
                one.Abort();
                break;
            default:
                _ending = true;
                _pair.Break();
                break;
        }

        await Task.WhenAll(_sides[0].Connection.Closed, _sides[1].Connection.Closed).InTime();
    }

    private async Task SettleAsync()
    {
        foreach (WalkCall call in Begun)
        {
            call.OpenCaller();
            call.OpenCallee();
        }

        await UntilAsync(() => Begun.All(call => call.HasEnded));
    }

    private async Task CheckAsync()
    {
        foreach (WalkCall call in Begun)
        {
            call.OpenCaller();
        }

        // Whoever heeds a token has it fire: the connection is gone.
        await UntilAsync(() => Begun.All(call => call.HasEndedAsFarAsItHeeds));
        await SettleAsync();
        await ExpectNothingLeftAsync();
        await UntilAsync(() => _time.ActiveTimers == 0);
        foreach (WalkCall call in Begun)
        {
            await call.CheckAsync();
        }
    }

    private async Task ExpectNothingLeftAsync()
    {
        foreach (WalkSide side in _sides)
        {
            await UntilAsync(() => side.Connection.Residue is { Sent: 0, Running: 0, Produced: 0, Reports: 0, Unsent: 0 });
        }
    }

    // Leaves the pool idle in between: spinning walks would keep the threads that it has from what the peers still have to do.
    private static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        DateTime end = DateTime.UtcNow + Patience.Limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"It never became true: {what}");
            await Task.Delay(1);
        }
    }

    private void Note(string step) => _log.Append(step).Append('\n');
}
