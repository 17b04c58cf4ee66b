using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>A request for items on its way: its outcome is the consumer's.</summary>
internal sealed class NextCall : PendingCall, IStreamRequest
{
    private readonly SequenceConsumer _consumer;

    public NextCall(SequenceConsumer consumer, long deadline)
    {
        _consumer = consumer;
        Method = consumer.Method;
        Deadline = deadline;
        Place = RequestPlace.Queue;
    }

    /// <summary>True where the answer is short, and what the consumer sends may leave together with its next request.</summary>
    public bool IsShort { get; private set; }

    public override bool HasBlockedThread => _consumer.HasBlockedThread;

    public override void Answer(in Envelope envelope)
    {
        if (envelope.Kind == EnvelopeKind.Response)
        {
            IsShort = SequenceConsumer.IsShort(envelope.Payload);
            _consumer.Answered(envelope.Payload);
        }
        else
        {
            _consumer.Failed(RemoteError.Read(envelope.Payload, Method), byPeer: true);
        }
    }

    public override void Fail(Exception error) => _consumer.Failed(error, byPeer: false);

    public override RpcException TooLate(bool mayHaveRun)
    {
        string message = StreamFailure.NoItemInTime(Method);
        return new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
    }

    public override RpcConnectionException Lost(string peer, string reason, Exception? cause, bool mayHaveRun)
        => new($"The stream of '{Method}' broke: the connection to '{peer}' ended because {reason}.", cause, mayHaveBeenExecuted: true);

    public override void Execute() => _consumer.Execute();
}
