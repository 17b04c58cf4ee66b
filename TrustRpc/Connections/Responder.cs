using System.Buffers.Text;
using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>Writes the answers to the peer's requests. Thread-safe.</summary>
internal sealed class Responder(OutputQueue output, int maxFrame, CallLog log)
{
    /// <summary>A result; false where an error had to be sent in its place.</summary>
    public bool SendResult<T>(RequestId id, string method, T value, IStreamScope scope)
    {
        FrameBuffer frame = FrameBuffer.Rent(maxFrame);
        IStreamScope? outer = StreamScope.Enter(scope);
        bool sent = false;
        int start = 0;
        try
        {
            EnvelopeWriter.BeginResult(frame, id);
            start = frame.BodyLength;
            EnvelopeWriter.WriteValue(frame, value);
            EnvelopeWriter.End(frame);
            log.Answered(method, frame.BodyLength);
            sent = true;
        }
        catch (Exception e)
        {
            string why = e is FrameTooLargeException ? e.Message : WriteFault.Find(frame.WrittenSoFar()[start..], e).ForPeer(e);
            string message = $"'{method}' ran, but its result cannot be sent: {why}";
            log.Failed(method, new MethodFailure(RpcErrorCode.ResultNotSendable, message, null, null), e);
            frame.Restart();
            EnvelopeWriter.WriteError(frame, id, RpcErrorCode.ResultNotSendable, message);
        }
        finally
        {
            StreamScope.Enter(outer);
        }

        Send(frame);
        return sent;
    }

    public void SendNull(RequestId id)
    {
        FrameBuffer frame = FrameBuffer.Rent(maxFrame);
        EnvelopeWriter.BeginResult(frame, id);
        frame.Write("null"u8);
        EnvelopeWriter.End(frame);
        Send(frame);
    }

    /// <summary>The answer to a ping that asks for this side's clock.</summary>
    public void SendTime(RequestId id, DateTimeOffset now)
    {
        FrameBuffer frame = FrameBuffer.Rent(maxFrame);
        EnvelopeWriter.BeginResult(frame, id);
        frame.Write("{\"time\":"u8);
        Utf8Formatter.TryFormat(now.ToUnixTimeMilliseconds(), frame.GetSpan(20), out int digits);
        frame.Advance(digits);
        frame.Write((byte)'}');
        EnvelopeWriter.End(frame);
        Send(frame);
    }

    /// <summary>An error response; no id where the request's could not be read.</summary>
    public void SendError(RequestId? id, RpcErrorCode code, string message, JsonElement? data = null)
    {
        FrameBuffer frame = FrameBuffer.Rent(maxFrame);
        EnvelopeWriter.WriteError(frame, id, code, message, data);
        Send(frame);
    }

    private void Send(FrameBuffer frame)
    {
        output.Add(frame.Frame.Span);
        frame.Return();
    }
}
