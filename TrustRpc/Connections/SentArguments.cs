using System.Globalization;
using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>Writes the arguments of calls and notifications, and says to the caller why some cannot be sent.</summary>
internal static class SentArguments
{
    /// <summary>Writes them and closes the envelope.</summary>
    /// <exception cref="RpcCallException">They are no JSON, too large, or hold one sequence too many.</exception>
    /// <exception cref="RpcConnectionException">They hold a sequence, and the connection is ending.</exception>
    public static void Write(FrameBuffer frame, CallArguments arguments, string method, IStreamScope scope)
    {
        IStreamScope? outer = StreamScope.Enter(scope);
        int start = frame.BodyLength;
        try
        {
            if (arguments.Named is { } named)
            {
                EnvelopeWriter.WriteArguments(frame, named);
            }
            else
            {
                EnvelopeWriter.WriteArguments(frame, arguments.Positional);
            }

            EnvelopeWriter.End(frame);
        }
        catch (RpcException e) when (e is not RpcCallException and not RpcConnectionException)
        {
            // A sequence among the arguments cannot be opened.
            string message = $"'{method}' was not sent, so it was not executed: {e.Message}";
            throw e.Code == RpcErrorCode.Unavailable ? new RpcConnectionException(message, e) : new RpcCallException(e.Code, message, e);
        }
        catch (FrameTooLargeException e)
        {
            throw new RpcCallException(RpcErrorCode.InvalidParams, $"The arguments of '{method}' cannot be sent: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new RpcCallException(RpcErrorCode.InvalidParams, Unwritable(WriteFault.Find(frame.WrittenSoFar()[start..], e), method), e);
        }
        finally
        {
            StreamScope.Enter(outer);
        }
    }

    private static string Unwritable(WriteFault fault, string method)
    {
        if (fault.Steps is not [var first, ..])
        {
            return $"The arguments of '{method}' cannot be written as JSON: {fault.Reason}.";
        }

        string which = first.StartsWith('[') ? string.Create(CultureInfo.InvariantCulture, $"{int.Parse(first[1..^1], CultureInfo.InvariantCulture) + 1}") : $"'{first}'";
        string place = fault.Place(from: 1);
        return $"Argument {which} of '{method}' cannot be written as JSON{(place.Length == 0 ? "" : $", at {place}")}: {fault.Reason}.";
    }
}
