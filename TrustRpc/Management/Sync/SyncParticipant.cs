using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace TrustRpc.Management;

/// <summary>One client in sync: what it has still to read, within a bound of messages and of bytes. Thread-safe; one reads, and one answers.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore is never waited for by its handle: it holds nothing to give back.")]
internal sealed class SyncParticipant(string uuid, int queue, int maxBytes)
{
    /// <summary>What a message holds besides its payload, about.</summary>
    private const int Overhead = 128;

    private readonly Channel<SyncMessage> _outgoing = Channel.CreateBounded<SyncMessage>(new BoundedChannelOptions(queue));
    private readonly SemaphoreSlim _wasRead = new(0);
    private long _bytes;

    public string Uuid => uuid;

    /// <summary>What it is to read; ends when it has left, and fails where it could not keep up.</summary>
    public async IAsyncEnumerable<SyncMessage> OutgoingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (SyncMessage message in _outgoing.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Add(ref _bytes, -SizeOf(message));
            if (_wasRead.CurrentCount == 0)
            {
                _wasRead.Release();
            }

            yield return message;
        }
    }

    /// <summary>Answers a message of its own: waits until there is room, so that whoever does not read is not read either.</summary>
    public async ValueTask AnswerAsync(SyncMessage message, CancellationToken cancellationToken)
    {
        int size = SizeOf(message);
        while (!HasRoomFor(size))
        {
            await _wasRead.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Add(ref _bytes, size);
        await _outgoing.Writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands over a message of somebody else's, who does not wait: where there is no room, this one's sync ends. False = it did not get the message.</summary>
    public bool TryTell(SyncMessage message)
    {
        int size = SizeOf(message);
        bool hasRoom = HasRoomFor(size);
        Interlocked.Add(ref _bytes, size);
        if (hasRoom && _outgoing.Writer.TryWrite(message))
        {
            return true;
        }

        if (End(new RpcException(
            RpcErrorCode.ResourceExhausted, $"More than {queue} messages, or {maxBytes} bytes of them, would wait to be read, which is the limit; sync again and ask for what was missed.")))
        {
            // It may be long until it reads so, or for ever: what waits for it is of no use any more, and must not stay in memory until then.
            while (_outgoing.Reader.TryRead(out _))
            {
            }
        }

        return false;
    }

    /// <summary>Nothing more comes behind what is there. False = so it was already, and that end stands.</summary>
    public bool End(Exception? failure = null) => _outgoing.Writer.TryComplete(failure);

    // One message has room whatever its size.
    private bool HasRoomFor(int size) => Interlocked.Read(ref _bytes) is var waiting && (waiting <= 0 || waiting + size <= maxBytes);

    private static int SizeOf(SyncMessage message) => Overhead + (message.Payload is { } payload ? JsonMarshal.GetRawUtf8Value(payload).Length : 0);
}
