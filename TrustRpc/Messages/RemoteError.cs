using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>Turns the <c>error</c> member of a response into the exception that the caller gets.</summary>
internal static class RemoteError
{
    private const string IdLabel = "error id ";
    private const int IdLength = 12;

    /// <summary>What the message of an internal error says: the id is the same in the callee's log.</summary>
    public static string InternalErrorMessage(string method, string errorId)
        => $"'{method}' failed unexpectedly; the callee's log says why under {IdLabel}{errorId}.";

    /// <summary>The same of a sequence of the caller's own, in whose log the id is.</summary>
    public static string BrokenArgumentMessage(string method, string errorId)
        => $"'{method}' was given a sequence that failed unexpectedly; the caller's log says why under {IdLabel}{errorId}.";

    public static string NewErrorId() => Guid.NewGuid().ToString("N")[..IdLength];

    public static RpcCallException Read(ReadOnlySpan<byte> json, string method)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            JsonElement error = JsonElement.ParseValue(ref reader);
            if (error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("code"u8, out JsonElement code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out int number)
                && error.TryGetProperty("message"u8, out JsonElement message) && message.ValueKind == JsonValueKind.String)
            {
                string text = message.GetString()!;
                JsonElement? data = error.TryGetProperty("data"u8, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
                return new RpcCallException((RpcErrorCode)number, text, number == (int)RpcErrorCode.DeadlineExceeded ? new TimeoutException(text) : null)
                {
                    ErrorData = data,
                    ErrorId = number == (int)RpcErrorCode.InternalError ? FindErrorId(text) : null,
                };
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
        }

        return new RpcCallException(RpcErrorCode.InvalidRequest, $"The peer answered '{method}' with an error that has no integer code or no text.");
    }

    private static string? FindErrorId(string message)
    {
        int at = message.LastIndexOf(IdLabel, StringComparison.Ordinal);
        return at >= 0 && message.Length >= at + IdLabel.Length + IdLength ? message.Substring(at + IdLabel.Length, IdLength) : null;
    }
}
