using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>
/// What the consumer of one sequence is told when it asks: the items that are ready, behind the last of them the end or what went wrong, or at once that there will be none (section 6). Under the
/// producer's lock; nothing leaves before the host's flush.
/// </summary>
/// <param name="host">The connection.</param>
/// <param name="owner">Who gives the sequence its token.</param>
/// <param name="producer">Whose sequence it is.</param>
/// <param name="items">Its items.</param>
internal struct SequenceAnswers(IStreamHost host, Producers owner, SequenceProducer producer, ItemBuffer items)
{
    private ItemRequest _request = new(host);
    private StreamFailure? _failure;

    /// <summary>What the peer calls the sequence; 0 as long as it has not been told.</summary>
    public long Token { get; private set; }

    /// <inheritdoc cref="ItemRequest.IsOpen"/>
    public readonly bool IsOpen => _request.IsOpen;

    /// <inheritdoc cref="ItemRequest.IsCall"/>
    public readonly bool IsCall => _request.IsCall;

    /// <inheritdoc cref="ItemRequest.Deadline"/>
    public readonly long Deadline => _request.Deadline;

    /// <summary>Gives the sequence a token, by which it can be asked for from now on.</summary>
    public long Publish() => Token = owner.Publish(producer);

    /// <inheritdoc cref="ItemRequest.Has"/>
    public readonly bool Has(RequestId id) => _request.Has(id);

    /// <inheritdoc cref="ItemRequest.Is"/>
    public readonly bool Is(RequestId id) => _request.Is(id);

    public void Open(RequestId id, long deadline, bool isCall = false) => _request.Open(id, deadline, isCall);

    /// <inheritdoc cref="ItemRequest.Refuse"/>
    public readonly void Refuse(RequestId id, RpcErrorCode code, string message) => _request.Refuse(id, code, message);

    /// <summary>No item follows those that are kept.</summary>
    /// <param name="failure">What has ended the sequence; null = it has come to its own end.</param>
    public void End(StreamFailure? failure) => _failure = failure;

    /// <summary>Answers the open request with what is ready; false where nothing is. A call is answered all the same, with the token alone.</summary>
    /// <param name="ended">Whether no item follows those that are kept.</param>
    /// <param name="isLast">Whether it was the last answer: the sequence is free.</param>
    public bool TryAnswer(bool ended, out bool isLast)
    {
        isLast = false;
        if (items.Count == 0 && !ended && !_request.IsCall)
        {
            return false;
        }

        isLast = Answer(ended);
        return true;
    }

    /// <summary>Tells an open request that the sequence has ended before its time; false where nobody asked and is there.</summary>
    public bool Abort(StreamEnd why)
    {
        if (!_request.IsOpen || why == StreamEnd.ConnectionLost)
        {
            _request.Close();
            return false;
        }

        _request.Fail(why == StreamEnd.Deadline ? RpcErrorCode.DeadlineExceeded : RpcErrorCode.Cancelled, why switch
        {
            StreamEnd.Deadline => StreamFailure.NoItemInTime(producer.Method),
            StreamEnd.Drained => StreamFailure.Drained(producer.Method),
            _ => $"The sequence of '{producer.Method}' was aborted.",
        });
        return true;
    }

    // True where it was the last.
    private bool Answer(bool ended)
    {
        if (items.Count == 0 && _failure is { } failure)
        {
            _request.Fail(failure.Code, failure.Message, failure.Data);
            return true;
        }

        bool isLast = ended && _failure is null && !items.HasMore;
        if (_request.IsCall && !isLast)
        {
            Publish();
        }

        try
        {
            _request.Answer(items, isLast, Token);
            items.Taken();
            return isLast;
        }
        catch (FrameTooLargeException e)
        {
            _request.Fail(RpcErrorCode.ResultNotSendable, $"An item of '{producer.Method}' cannot be sent: {e.Message}");
            return true;
        }
    }
}
