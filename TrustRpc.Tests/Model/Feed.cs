using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace TrustRpc.Tests.Model;

/// <summary>A sequence whose every step the walk decides: 0, 1, 2 … until it is told to end or to fail.</summary>
internal sealed class Feed(bool heedsToken, Changes changes)
{
    private readonly Channel<Verdict> _steps = Channel.CreateUnbounded<Verdict>();
    private int _begun;
    private int _disposed;
    private int _yielded;

    /// <summary>How it was told to end; null = not yet.</summary>
    public Verdict? End { get; private set; }

    public int Begun => Volatile.Read(ref _begun);

    public int Disposed => Volatile.Read(ref _disposed);

    public int Yielded => Volatile.Read(ref _yielded);

    public bool HasEnded => Begun == Disposed;

    public void Give() => _steps.Writer.TryWrite(Verdict.Return);

    public void Finish(Verdict how)
    {
        if (End is null)
        {
            End = how;
            _steps.Writer.TryComplete(how == Verdict.Fail ? WalkMethod.ToldToFail() : null);
        }
    }

    public async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _begun);
        try
        {
            while (await _steps.Reader.WaitToReadAsync(heedsToken ? cancellationToken : CancellationToken.None))
            {
                _steps.Reader.TryRead(out _);
                yield return Interlocked.Increment(ref _yielded) - 1;
            }
        }
        finally
        {
            Interlocked.Increment(ref _disposed);
            changes.Raise();
        }
    }
}
