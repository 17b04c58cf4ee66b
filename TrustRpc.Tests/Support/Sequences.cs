using System.Runtime.CompilerServices;

namespace TrustRpc.Tests.Support;

/// <summary>Sequences that say what happens to them.</summary>
internal sealed class Sequences
{
    private int _produced;
    private int _ended;

    /// <summary>Items yielded so far.</summary>
    public int Produced => Volatile.Read(ref _produced);

    /// <summary>How often a <c>finally</c> has run.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Released when a <c>finally</c> has run.</summary>
    public SemaphoreSlim HasEnded { get; } = new(0);

    /// <summary>Released when an enumerator begins to wait for nothing.</summary>
    public SemaphoreSlim Waits { get; } = new(0);

    /// <summary>What the enumerators were told by their tokens.</summary>
    public bool SawCancellation { get; private set; }

    /// <summary>From 0 up, all at once.</summary>
    public async IAsyncEnumerable<int> Count(int count)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                Interlocked.Increment(ref _produced);
                yield return i;
            }

            await Task.CompletedTask;
        }
        finally
        {
            End();
        }
    }

    /// <summary>The first few, then nothing until it is told to end.</summary>
    public async IAsyncEnumerable<int> CountAndWait(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                Interlocked.Increment(ref _produced);
                yield return i;
            }

            Waits.Release();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            SawCancellation = cancellationToken.IsCancellationRequested;
            End();
        }
    }

    /// <summary>The first few, then an error.</summary>
    public async IAsyncEnumerable<int> CountAndFail(int count, Exception error)
    {
        try
        {
            for (int i = 0; i < count; i++)
                yield return i;
            await Task.Yield();
            throw error;
        }
        finally
        {
            End();
        }
    }

    /// <summary>Blocks its thread after each item until it is let go.</summary>
    public IEnumerable<int> CountAndBlock(int count, SemaphoreSlim gate)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                yield return i;
                Assert.True(gate.Wait(Patience.Limit));
            }
        }
        finally
        {
            End();
        }
    }

    public async Task EndedAsync() => Assert.True(await HasEnded.WaitAsync(Patience.Limit), "The enumerator was not ended.");

    public async Task WaitsAsync() => Assert.True(await Waits.WaitAsync(Patience.Limit), "The enumerator never came to wait.");

    /// <summary>One after the other, as they are given.</summary>
    public static async IAsyncEnumerable<T> Of<T>(params T[] items)
    {
        foreach (T item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private void End()
    {
        Interlocked.Increment(ref _ended);
        HasEnded.Release();
    }
}
