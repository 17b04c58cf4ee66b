using TrustRpc.Framing;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>
/// The way to an end in order, once the peer knows that it comes (section 7): hears what had been sent before, lets methods and sequences finish, sends all answers,
/// says goodbye and waits for the peer's. No step takes longer than a silent peer is worth waiting for. Thread-safe.
/// </summary>
internal sealed class Farewell(
    IConnectionLink link, RpcServices services, OutputQueue output, OutgoingCalls outgoing, ActiveCalls active, Producers producers,
    EndNotice notice, TimeProvider time, Action<ConnectionEnd> end)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What a timer can wait: 24 days.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly TaskCompletionSource _readingEnded = new();
    private LazyCompletion<bool> _bid = new(TaskCreationOptions.None);
    private int _bidding;

    /// <summary>Nothing more of the peer's is heard, or worth hearing.</summary>
    public void ReadingEnded() => _readingEnded.TrySetResult();

    /// <summary>Goes the whole way; completes when the connection has ended. Never throws.</summary>
    /// <param name="why">The reason, where no other one comes first.</param>
    /// <param name="grace">How long methods and sequences may go on; zero = not at all, infinite = as long as they take.</param>
    public async Task BidAsync(ConnectionEnd why, TimeSpan grace)
    {
        await HearAllAsync().ConfigureAwait(false);
        if (grace > TimeSpan.Zero || grace == Timeout.InfiniteTimeSpan)
        {
            await WaitAsync(DrainAsync(), grace).ConfigureAwait(false);
        }

        await BidAsync(why, CallEnd.Drained).ConfigureAwait(false);
    }

    /// <summary>As above, where the peer leaves or is sent away: nothing more is heard and nothing is given time; the first reason stands.</summary>
    public Task BidAsync(ConnectionEnd why) => BidAsync(why, CallEnd.PeerLeft);

    private Task<bool> BidAsync(ConnectionEnd why, CallEnd calls)
    {
        // Not under a lock: on the way the program's own stream is written to, and its listeners are told, and what those wait for may be another thread that closes the connection as well.
        if (Interlocked.Exchange(ref _bidding, 1) == 0)
        {
            _ = BidOnceAsync(why, calls);
        }

        return _bid.Task;
    }

    // A ping that is sent after the goaway comes back behind all that the peer had sent before it saw that.
    private async Task HearAllAsync()
    {
        if (services.Methods.Count == 0 || _readingEnded.Task.IsCompleted)
        {
            return;
        }

        Task heard = Task.WhenAny(outgoing.PingAsync(), _readingEnded.Task);
        await WaitAsync(heard, Patience).ConfigureAwait(false);
        if (!heard.IsCompleted)
        {
            // The peer is mute: its end is not waited for either.
            _readingEnded.TrySetResult();
        }
    }

    // Calls first: until the last one has ended, there may be further sequences.
    private async Task DrainAsync()
    {
        await active.WhenFinished().ConfigureAwait(false);
        await producers.WhenFinished().ConfigureAwait(false);
    }

    private async Task BidOnceAsync(ConnectionEnd why, CallEnd calls)
    {
        try
        {
            active.CancelAll(calls);
            producers.EndAll(StreamEnd.Drained);
            await WaitAsync(SayGoodbyeAsync(), Patience).ConfigureAwait(false);
            await WaitAsync(_readingEnded.Task, Patience).ConfigureAwait(false);
        }
        finally
        {
            end(why);
            await notice.Told.ConfigureAwait(false);
            _bid.TrySetResult(true);
        }
    }

    private async Task SayGoodbyeAsync()
    {
        try
        {
            await output.FinishAsync().ConfigureAwait(false);
            await link.EndWritingAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The peer was faster, or the connection broke: there is nobody to say goodbye to. A program's own stream says that in its own words.
        }
    }

    private async Task WaitAsync(Task task, TimeSpan most)
    {
        if (!task.IsCompleted && !notice.Gone.IsCompleted)
        {
            // Of sources that continue where they are completed, so that an end in order costs no change of threads.
            TaskCompletionSource enough = new();
            TimeSpan wait = most < LongestWait ? most : LongestWait;
            using ITimer timer = time.CreateTimer(static enough => ((TaskCompletionSource)enough!).TrySetResult(), enough, wait, Timeout.InfiniteTimeSpan);
            await Task.WhenAny(task, notice.Gone, enough.Task).ConfigureAwait(false);
        }
    }
}
