using TrustRpc.Diagnostics;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>
/// What the first call of a process needs once: the instruments of its telemetry and compiled code to write and read messages with. It takes some milliseconds of a
/// short program's life, which a thread that waits for another to connect has to spare.
/// </summary>
internal static class FirstCall
{
    private static int _isPrepared;

    public static void Prepare()
    {
        if (Interlocked.Exchange(ref _isPrepared, 1) != 0)
        {
            return;
        }

        RpcTelemetry.Prepare();
        FrameBuffer frame = FrameBuffer.Rent(maxBody: 1024);
        EnvelopeWriter.BeginRequest(frame, 1, "method", timeout: 1);
        EnvelopeWriter.WriteArguments(frame, (ReadOnlySpan<object?>)["text", 1]);
        EnvelopeWriter.End(frame);
        Envelope answer = EnvelopeReader.Read("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"text\"}"u8);
        _ = ResultReader.Read<string>(answer.Payload, "method");
        frame.Return();
    }
}
