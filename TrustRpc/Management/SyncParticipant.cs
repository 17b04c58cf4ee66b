using System.Threading.Channels;

namespace TrustRpc.Management;

/// <summary>One client in sync: what it has still to read, within a bound. Thread-safe.</summary>
internal sealed class SyncParticipant(string uuid, int queue)
{
    private readonly Channel<SyncMessage> _outgoing = Channel.CreateBounded<SyncMessage>(new BoundedChannelOptions(queue) { SingleReader = true });

    public string Uuid => uuid;

    /// <summary>What it is to read; ends when it has left, and fails where it could not keep up.</summary>
    public IAsyncEnumerable<SyncMessage> Outgoing => _outgoing.Reader.ReadAllAsync();

    /// <summary>Answers a message of its own: waits until there is room, so that whoever does not read is not read either.</summary>
    public ValueTask AnswerAsync(SyncMessage message, CancellationToken cancellationToken) => _outgoing.Writer.WriteAsync(message, cancellationToken);

    /// <summary>Hands over a message of somebody else's, who does not wait: where there is no room, this one's sync ends. False = it did not get the message.</summary>
    public bool TryTell(SyncMessage message)
    {
        if (_outgoing.Writer.TryWrite(message))
        {
            return true;
        }

        End(new RpcException(RpcErrorCode.ResourceExhausted, $"{queue} messages are waiting to be read already, which is the limit; sync again and ask for what was missed."));
        return false;
    }

    /// <summary>Nothing more comes behind what is there.</summary>
    public void End(Exception? failure = null) => _outgoing.Writer.TryComplete(failure);
}
