using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace TrustRpc.Management;

/// <summary>
/// Messages that may block, enumerated by a thread of their own, one at a time as they are asked for. The thread ends with them, or when nobody asks any more; in the middle of a message nothing can end it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore is never waited for by its handle: it holds nothing to give back.")]
internal sealed class BlockingMessages
{
    private readonly IEnumerable<SyncMessage> _messages;
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Channel<SyncMessage> _next = Channel.CreateBounded<SyncMessage>(1);
    private volatile bool _hasLeft;

    private BlockingMessages(IEnumerable<SyncMessage> messages) => _messages = messages;

    public static async IAsyncEnumerable<SyncMessage> OnOwnThreadAsync(IEnumerable<SyncMessage> messages)
    {
        BlockingMessages own = new(messages);
        new Thread(own.Enumerate) { IsBackground = true, Name = "TrustRpc sync" }.Start();
        try
        {
            while (await own.MoveNextAsync().ConfigureAwait(false))
            {
                yield return await own._next.Reader.ReadAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            own._hasLeft = true;
            own._wanted.Release();
        }
    }

    private ValueTask<bool> MoveNextAsync()
    {
        _wanted.Release();
        return _next.Reader.WaitToReadAsync();
    }

    private void Enumerate()
    {
        try
        {
            using (IEnumerator<SyncMessage> messages = _messages.GetEnumerator())
            {
                while (IsWanted() && messages.MoveNext())
                {
                    _next.Writer.TryWrite(messages.Current);
                }
            }

            _next.Writer.TryComplete();
        }
        catch (Exception e)
        {
            // Where nobody asks any more, nobody is left to be told.
            _next.Writer.TryComplete(_hasLeft ? null : e);
        }
    }

    private bool IsWanted()
    {
        _wanted.Wait();
        return !_hasLeft;
    }
}
