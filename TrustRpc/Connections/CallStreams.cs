using System.Text.Json.Serialization.Metadata;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>What the values of one call that this side runs hold beyond values: progress arguments, and sequences in its result.</summary>
internal struct CallStreams
{
    private List<SequenceProducer>? _sequences;
    private MethodToken? _methodToken;
    private RemoteProgress? _progress;

    /// <summary>Offers a sequence that stands in the result.</summary>
    public long Produce<T>(ConnectionStreams streams, string method, IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType, CancellationTokenSource? cancellation)
    {
        _methodToken ??= cancellation is null ? null : new MethodToken(cancellation);
        SequenceProducer<T> producer = new(streams, streams.Producers, method, sequence, itemType, cancellation: null, _methodToken);
        _methodToken?.Join();
        try
        {
            long token = producer.Open();
            (_sequences ??= []).Add(producer);
            return token;
        }
        catch
        {
            // It was not opened, so nobody will tell of its end.
            _methodToken?.Leave(early: false);
            throw;
        }
    }

    /// <summary>Ends the sequences of a result that is not sent.</summary>
    public readonly void AbortSequences() => _sequences?.ForEach(static part => part.Abort(StreamEnd.Consumer));

    /// <summary>A progress argument, until the call is answered.</summary>
    /// <param name="streams">Where reports go.</param>
    /// <param name="method">The method that reports.</param>
    /// <param name="token">What the caller calls the argument.</param>
    /// <param name="answered">Not 0 once the call has been answered.</param>
    public IProgress<T> Report<T>(ConnectionStreams streams, string method, long token, ref int answered)
    {
        // The answer may be given in the method's place meanwhile: whoever is second of this exchange and CloseProgress sees the other.
        RemoteProgress<T> progress = new(streams, method, token) { Next = _progress };
        Interlocked.Exchange(ref _progress, progress);
        if (Volatile.Read(ref answered) != 0)
        {
            progress.Close();
        }

        return progress;
    }

    /// <summary>Reports come before the answer or not at all.</summary>
    public void CloseProgress()
    {
        for (RemoteProgress? progress = Volatile.Read(ref _progress); progress is not null; progress = progress.Next)
        {
            progress.Close();
        }
    }
}
