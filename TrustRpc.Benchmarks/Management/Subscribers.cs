#if TRUSTRPC_API
using System.Globalization;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>The subscribers of one process: those that read tell the server how far the slowest of them is, and one may read nothing until it is asked for its gap.</summary>
internal sealed class Subscribers(string process)
{
    private const int SeenStep = 250;

    private int[] _counts = [];
    private string? _problem;
    private IAsyncEnumerator<ServerEvent>? _stalled;
    private Task<bool>? _stalledFirst;
    private int _told;

    /// <summary>What those that read have seen so far.</summary>
    internal SeenEvents Seen => new([.. _counts], Volatile.Read(ref _problem));

    // Arguments: address, how many, how many of them are stalled (0 or 1). The server notices when all have subscribed.
    internal async Task<string> SubscribeAsync(string[] words)
    {
        int count = int.Parse(words[1], CultureInfo.InvariantCulture);
        int stalled = int.Parse(words[2], CultureInfo.InvariantCulture);
        RpcClient teller = await Agents.ClientAsync(words[0], $"{process}-teller");
        await teller.CallAsync("seen", [process, 0]);
        _counts = new int[count - stalled];
        for (int i = 0; i < count; i++)
        {
            ManagementClient management = new(await Agents.ClientAsync(words[0], $"{process}-subscriber-{i}"));
            IAsyncEnumerator<ServerEvent> events = management.SubscribeAsync(["tick"]).GetAsyncEnumerator();
            Task<bool> first = events.MoveNextAsync().AsTask();
            int own = i;
            if (i < count - stalled)
            {
                _ = Task.Run(() => ReadAsync(events, first, own, teller));
            }
            else
            {
                (_stalled, _stalledFirst) = (events, first);
            }
        }

        return "subscribed";
    }

    /// <summary>The stalled subscriber wakes up: how many it got, how many it missed, whether the numbers fit.</summary>
    internal async Task<SeenGap> GapAsync(int published)
    {
        IAsyncEnumerator<ServerEvent> events = _stalled!;
        await _stalledFirst!;
        int got = 1;
        int gaps = 0;
        long missed = 0;
        bool exact = true;
        long last = events.Current.Sequence;
        while (got + missed < published && await events.MoveNextAsync())
        {
            ServerEvent e = events.Current;
            if (e.EventType == "gap")
            {
                long from = e.Payload!.Value.GetProperty("from").GetInt64();
                long to = e.Payload.Value.GetProperty("to").GetInt64();
                long here = e.Payload.Value.GetProperty("missed").GetInt64();
                gaps++;
                missed += here;
                exact &= from == last + 1 && here == to - from + 1 && e.Sequence == to;
            }
            else
            {
                got++;
                exact &= e.Sequence == last + 1;
            }

            last = e.Sequence;
        }

        return new SeenGap(got, missed, gaps, exact && got + missed == published);
    }

    private async Task ReadAsync(IAsyncEnumerator<ServerEvent> events, Task<bool> first, int own, RpcClient teller)
    {
        try
        {
            long last = 0;
            for (bool goesOn = await first; goesOn; goesOn = await events.MoveNextAsync())
            {
                ServerEvent e = events.Current;
                if (e.EventType != "tick" || (last != 0 && e.Sequence != last + 1))
                {
                    throw new InvalidOperationException($"Behind event {last} came {e.EventType} {e.Sequence}, to a subscriber that reads.");
                }

                last = e.Sequence;
                if (Interlocked.Increment(ref _counts[own]) % SeenStep == 0)
                {
                    await TellAsync(teller);
                }
            }
        }
        catch (Exception e)
        {
            Volatile.Write(ref _problem, e.Message);
            await Console.Error.WriteLineAsync(e.ToString());
        }
    }

    private async Task TellAsync(RpcClient teller)
    {
        int slowest = _counts.Min() / SeenStep * SeenStep;
        int told = Volatile.Read(ref _told);
        if (slowest > told && Interlocked.CompareExchange(ref _told, slowest, told) == told)
        {
            await teller.NotifyAsync("seen", [process, slowest]);
        }
    }
}

/// <summary>What subscribers that read have seen.</summary>
/// <param name="Counts">How many events each of them got, one behind the other.</param>
/// <param name="Problem">The event that was out of place, or why one of them reads no more; null = nothing is wrong.</param>
internal sealed record SeenEvents(int[] Counts, string? Problem);

/// <summary>What a subscriber got that read nothing for long.</summary>
/// <param name="Got">Events.</param>
/// <param name="Missed">Events that its gaps say are missing.</param>
/// <param name="Gaps">How many gaps there were.</param>
/// <param name="Exact">Whether the numbers of events and gaps follow one another without a hole, up to the last event.</param>
internal sealed record SeenGap(int Got, long Missed, int Gaps, bool Exact);
#endif
