using System.Text;
using TrustRpc.Connections;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>
/// A random sequence of calls, notifications, cancellations, credit, items, errors, passing time and ends at two peers, decided by a seed alone, and what must hold after it.
/// What the peers' own threads do meanwhile is as random as they are: a step waits for them only where the seed says so, or where time has passed that a peer may not sleep through.
/// </summary>
internal sealed class Walk
{
    private const int MostCalls = 12;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    private readonly Random _random;
    private readonly ManualTimeProvider _time = new();
    private readonly DuplexPair _pair;
    private readonly WalkSide[] _sides;
    private readonly bool _keepsAlive;
    private readonly StringBuilder _log = new();
    private int _count;
    private volatile bool _ending;

    public Walk(int seed)
    {
        _random = new Random(seed);
        int capacity = _random.Next(4) == 0 ? _random.Next(64, 1024) : int.MaxValue;
        _pair = DuplexPair.Create(capacity);
        _keepsAlive = _random.Next(2) == 0;
        ConnectionSettings settings = new()
        {
            MaxFrame = 4096,
            MaxCalls = _random.Next(2) == 0 ? _random.Next(1, 4) : WalkSide.ManyCalls,
            KeepAlive = _keepsAlive ? KeepAlive : TimeSpan.Zero,
            Streams = new StreamLimits(1024, _random.Next(1, 5), 1024),
            Time = _time,
        };
        _sides = [new WalkSide("A", this, _pair.First, settings), new WalkSide("B", this, _pair.Second, settings)];
        Note($"seed {seed}: capacity {capacity}, maxCalls {settings.MaxCalls}, keepAlive {settings.KeepAlive}, readAhead {settings.Streams.ReadAheadItems}");
    }

    public WalkCall[] Calls { get; } = new WalkCall[MostCalls];

    public Changes Changes { get; } = new();

    public TimeSpan Elapsed => _time.GetElapsedTime(0);

    /// <summary>True once something has been done that ends the connection.</summary>
    public bool IsEnding => _ending;

    private IEnumerable<WalkCall> Begun => Calls.Take(_count);

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
            // Less than it takes to give up a peer that has just been heard.
            var by = TimeSpan.FromSeconds(_random.Next(1, _keepsAlive ? 8 : 4));
            Note($"{by} pass");
            _time.Advance(by);
            if (_keepsAlive)
            {
                await HearBothAsync();
            }
        }
        else if (_count > 0)
        {
            Touch(_random.Next(_count), what);
        }

        if (_random.Next(3) == 0)
        {
            Note("wait");
            await HearBothAsync();
        }
    }

    private void Call()
    {
        var kind = (WalkKind)_random.Next(8);
        WalkSide caller = _sides[_random.Next(2)];
        TimeSpan? timeout = _random.Next(3) == 0 ? TimeSpan.FromSeconds(_random.Next(1, 6)) : null;
        bool heedsToken = _random.Next(5) != 0;
        bool blocks = _random.Next(4) == 0;
        if (!caller.Allows(kind))
        {
            kind = WalkKind.Work;
        }

        WalkTerms terms = new(_count, kind, timeout, heedsToken, blocks);
        Note($"{caller.Name} calls {terms}");
        WalkCall call = Calls[_count] = new WalkCall(this, caller, terms);
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
                call.Method.Tell(verdict);
                break;
            case 2 when _random.Next(3) == 0:
                Note($"stop #{number} {atCaller}");
                call.Stop(atCaller);
                break;
            case < 5:
                Note($"item #{number}");
                call.Method.Feed.Give();
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
        int how = _random.Next(9);
        Note($"end {how}");
        if (how < 3)
        {
            await SettleAsync();
            await HearBothAsync();
            await Changes.UntilAsync(() => Begun.All(call => call.HasArrived && call.HasEnded));
            await ExpectNothingLeftAsync();
            Assert.All(_sides, side => Assert.Equal(0, side.Connection.StrayResponses));
        }

        _ending = true;
        switch (how)
        {
            case < 4:
                await one.CloseAsync().InTime();
                break;
            case 4:
                Task closing = one.CloseAsync(TimeSpan.FromSeconds(5));
                await SettleAsync();
                await closing.InTime();
                break;
            case 5:
                await Task.WhenAll(_sides[0].Connection.CloseAsync(), _sides[1].Connection.CloseAsync()).InTime();
                break;
            case 6:
                one.Abort();
                break;
            case 7 when _keepsAlive:
                _pair.Hold();
                await Patience.UntilAsync(HaveGivenEachOtherUp);
                break;
            default:
                _pair.Break();
                break;
        }

        await Task.WhenAll(_sides[0].Connection.Closed, _sides[1].Connection.Closed).InTime();
    }

    private bool HaveGivenEachOtherUp()
    {
        _time.Advance(KeepAlive);
        return Array.TrueForAll(_sides, side => side.Connection.Closed.IsCompleted);
    }

    private Task HearBothAsync() => Task.WhenAll(_sides[0].Connection.PingAsync(), _sides[1].Connection.PingAsync()).InTime();

    private async Task SettleAsync()
    {
        foreach (WalkCall call in Begun)
        {
            call.OpenCaller();
            call.Method.Open();
        }

        await Changes.UntilAsync(() => Begun.All(call => call.HasEnded));
    }

    private async Task CheckAsync()
    {
        foreach (WalkCall call in Begun)
        {
            call.OpenCaller();
        }

        // Whoever heeds a token has it fire: the connection is gone.
        await Changes.UntilAsync(() => Begun.All(call => call.HasEndedAsFarAsItHeeds));
        await SettleAsync();
        await ExpectNothingLeftAsync();
        await Patience.UntilAsync(() => _time.ActiveTimers == 0);
        Assert.DoesNotContain(_sides, side => side.RanTwoNotificationsAtOnce);
        foreach (WalkCall call in Begun)
        {
            await call.CheckAsync();
        }
    }

    // What is left to do when a method has ended, nobody is told of.
    private async Task ExpectNothingLeftAsync()
    {
        foreach (WalkSide side in _sides)
        {
            await Patience.UntilAsync(() => side.Connection.Residue == default);
        }
    }

    private void Note(string step) => _log.Append(step).Append('\n');
}
