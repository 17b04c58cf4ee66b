using System.Text.Json.Serialization.Metadata;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>
/// What the arguments of one call of this side's hold beyond values. The sequences live until the call has been answered and the last sequence of the answer has ended
/// (section 6); the progress arguments until the answer.
/// </summary>
internal sealed class SentStreams(ConnectionStreams streams)
{
    private readonly List<SequenceProducer> _sequences = [];
    private readonly List<long> _progress = [];
    private int _holders = 1;

    /// <summary>True where one of the arguments is a sequence.</summary>
    public bool HaveSequences => _sequences.Count > 0;

    /// <summary>The reports that are on their way to this call's caller; null where it wants none.</summary>
    public ReportQueue? Reports { get; private set; }

    public long Produce<T>(string method, IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType)
    {
        SequenceProducer<T> producer = new(streams, streams.Producers, method, sequence, itemType);
        long token = producer.Open();
        _sequences.Add(producer);
        return token;
    }

    public long Receive<T>(string method, IProgress<T> progress, JsonTypeInfo<T> reportType)
    {
        Reports ??= new ReportQueue(method);
        long token = streams.Receive(new ReportReceiver<T>(Reports, progress, reportType));
        _progress.Add(token);
        return token;
    }

    /// <summary>A sequence of the answer keeps the arguments alive until <see cref="Release"/>.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>The call is answered, or one of its answer's sequences has ended.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _sequences.ForEach(static sequence => sequence.Abort(StreamEnd.Consumer));
        }
    }

    /// <summary>The call is answered: reports that come later are dropped.</summary>
    public void StopReports() => _progress.ForEach(streams.StopReceiving);
}
