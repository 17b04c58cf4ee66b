using System.Threading.Channels;

namespace TrustRpc.Tests.Model;

/// <summary>A consumer that takes an item only when the walk gives it credit, and sees to it that none is lost, doubled or out of order.</summary>
internal sealed class Tap
{
    private readonly Channel<bool> _credit = Channel.CreateUnbounded<bool>();
    private volatile bool _open;
    private int _taken;

    /// <summary>Items that arrived.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>True once the sequence came to its own end.</summary>
    public bool CameToTheEnd { get; private set; }

    /// <summary>True once the walk has told it to stop early.</summary>
    public bool IsStopped { get; private set; }

    public void Credit() => _credit.Writer.TryWrite(true);

    public void Stop()
    {
        IsStopped = true;
        _credit.Writer.TryWrite(false);
    }

    /// <summary>From now on it takes whatever comes.</summary>
    public void Open()
    {
        _open = true;
        Credit();
    }

    /// <param name="items">What it takes.</param>
    /// <param name="waiting">Ends its waiting for credit.</param>
    public async Task DrainAsync(IAsyncEnumerable<int> items, CancellationToken waiting = default)
    {
        await using IAsyncEnumerator<int> enumerator = items.GetAsyncEnumerator(CancellationToken.None);
        while (_open || await _credit.Reader.ReadAsync(waiting))
        {
            if (!await enumerator.MoveNextAsync())
            {
                CameToTheEnd = true;
                return;
            }

            Take(enumerator.Current);
        }
    }

    /// <summary>As <see cref="DrainAsync"/>, blocking the thread.</summary>
    public void Drain(IEnumerable<int> items)
    {
        using IEnumerator<int> enumerator = items.GetEnumerator();
        while (_open || _credit.Reader.ReadAsync().AsTask().GetAwaiter().GetResult())
        {
            if (!enumerator.MoveNext())
            {
                CameToTheEnd = true;
                return;
            }

            Take(enumerator.Current);
        }
    }

    private void Take(int item)
    {
        Assert.Equal(Taken, item);
        Interlocked.Increment(ref _taken);
    }
}
