using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>
/// The peer's request for items of one sequence: whether one is open, until when, and how it is answered (section 6). The call whose result the sequence is counts as
/// the first. Under the producer's lock; nothing leaves before the host's flush.
/// </summary>
internal struct ItemRequest(IStreamHost host)
{
    private RequestId _id;
    private bool _isOpen;
    private bool _isCall;

    /// <summary>A request waits for an answer.</summary>
    public readonly bool IsOpen => _isOpen;

    /// <summary>It is the call itself, whose answer gathers what comes at once.</summary>
    public readonly bool IsCall => Volatile.Read(in _isCall);

    /// <summary>When its time is up; <see cref="long.MaxValue"/> = never, or none is open.</summary>
    public long Deadline { get; private set; } = long.MaxValue;

    /// <summary>It is open, the call itself included.</summary>
    public readonly bool Has(RequestId id) => _isOpen && _id.Equals(id);

    /// <summary>It is open, and not the call.</summary>
    public readonly bool Is(RequestId id) => _isOpen && !_isCall && _id.Equals(id);

    public void Open(RequestId id, long deadline, bool isCall = false) => (_id, Deadline, _isOpen, _isCall) = (id, deadline, true, isCall);

    public void Close()
    {
        Deadline = long.MaxValue;
        _isOpen = false;
        Volatile.Write(ref _isCall, false);
    }

    /// <summary>Answers it with the items that are kept.</summary>
    /// <param name="items">The items; still there when this returns.</param>
    /// <param name="last">Nothing follows them.</param>
    /// <param name="token">The sequence's token; read where it is the call that is answered, and more follows.</param>
    /// <exception cref="FrameTooLargeException">An item does not fit into a frame; nothing was answered, and the request can still <see cref="Fail"/>.</exception>
    public void Answer(ItemBuffer items, bool last, long token)
    {
        bool isCall = _isCall;
        Close();
        FrameBuffer frame = FrameBuffer.Rent(host.MaxFrame);
        if (isCall)
        {
            EnvelopeWriter.BeginFirstItems(frame, _id, last ? null : token);
            host.Add(frame, items.Kept, EnvelopeWriter.FirstItemsEnd);
        }
        else
        {
            EnvelopeWriter.BeginItems(frame, _id);
            host.Add(frame, items.Kept, EnvelopeWriter.ItemsEnd(last));
        }
    }

    /// <summary>Answers it with an error.</summary>
    public void Fail(RpcErrorCode code, string message, JsonElement? data = null)
    {
        Close();
        Refuse(_id, code, message, data);
    }

    /// <summary>Answers another one, which cannot be opened; this one stays as it is.</summary>
    public readonly void Refuse(RequestId id, RpcErrorCode code, string message, JsonElement? data = null)
    {
        FrameBuffer frame = FrameBuffer.Rent(host.MaxFrame);
        EnvelopeWriter.WriteError(frame, id, code, message, data);
        host.Add(frame);
    }
}
