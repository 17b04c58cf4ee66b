using System.Buffers;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>
/// One role of the handshake as a pure state machine: bodies of frames in, whole frames out, no I/O and no clock. After each step whoever pumps it
/// sends the <see cref="Output"/>, then looks at <see cref="Failure"/> and <see cref="IsComplete"/>.
/// </summary>
internal abstract class Handshake : IDisposable
{
    /// <summary>The largest body before the handshake is over.</summary>
    public const int LargestBody = 4096;

    /// <summary>The smallest that <c>maxFrame</c> may be.</summary>
    public const int SmallestMaxFrame = 4096;

    private readonly ArrayBufferWriter<byte> _output = new(640);
    private SessionSecrets? _secrets;

    /// <summary>Frames to send, in this order; empty = none.</summary>
    public ReadOnlyMemory<byte> Output => _output.WrittenMemory;

    /// <summary>Whether the output travels inside records, as everything does that is sent once the keys of the session exist.</summary>
    public bool IsOutputSealed { get; private set; }

    /// <summary>Why it failed, once it did. The output, if any, is sent all the same; then the connection is closed.</summary>
    public TrustException? Failure { get; private set; }

    /// <summary>
    /// The first secrets of a sealed session, from the client's second proof on: everything received from then on is inside records. They are derived when
    /// first asked for, so that the client does it while its proof is on its way and the server does the same.
    /// </summary>
    public SessionSecrets? Secrets => _secrets ??= DeriveSecrets();

    /// <summary>What was agreed; complete when <see cref="IsComplete"/>.</summary>
    public Agreement? Agreement { get; protected set; }

    public bool IsComplete { get; protected set; }

    /// <summary>Whether the peer is known and proven, so that the next layer may begin to write; what is missing until <see cref="IsComplete"/> is read alone.</summary>
    public virtual bool IsPeerProven => IsComplete;

    protected Transcript Transcript { get; } = new();

    /// <summary>Takes the body of the next frame from the peer.</summary>
    public void Receive(ReadOnlySpan<byte> body)
    {
        ObjectDisposedException.ThrowIf(IsComplete || Failure is not null, this);
        try
        {
            Step(body);
        }
        catch (FormatException malformed)
        {
            Fail(Malformed(malformed.Message));
        }
    }

    /// <summary>The peer's bytes are no frame of a handshake: another kind, or a length that no body before the end of the handshake has.</summary>
    public void ReceiveNoFrame() => Fail(Malformed("what arrived is no handshake frame"));

    /// <summary>The peer's bytes ended, by themselves or with an error.</summary>
    public void PeerLeft(IOException? cause = null) => Fail(Left(cause));

    /// <summary>Does ahead what need not be done before the output has left: called while the peer is at work.</summary>
    public virtual void WhileWaiting()
    {
    }

    public void ClearOutput() => _output.ResetWrittenCount();

    public virtual void Dispose() => _secrets?.Dispose();

    protected abstract void Step(ReadOnlySpan<byte> body);

    /// <summary>Null as long as there are none, or where the mode is plain.</summary>
    protected abstract SessionSecrets? DeriveSecrets();

    protected abstract TrustException Malformed(string detail);

    protected abstract TrustException Left(IOException? cause);

    protected void Fail(TrustException failure) => Failure ??= failure;

    protected void Append(ReadOnlySpan<byte> body)
    {
        IsOutputSealed = Secrets is not null;
        FrameHeader.Write(_output.GetSpan(FrameHeader.Size), FrameHeader.Json, body.Length);
        _output.Advance(FrameHeader.Size);
        _output.Write(body);
    }
}
