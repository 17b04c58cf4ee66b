using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>A command on its way to one client or several.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Payload">What the handler gets; null = nothing.</param>
/// <param name="Progress">Who is told how far it is; null = nobody.</param>
/// <param name="Timeout">How long each client has; null = as the server's calls have.</param>
/// <param name="Sender">The call that asks for it; null = the server itself does.</param>
internal readonly record struct CommandRequest(string Command, JsonElement? Payload, IProgress<JsonElement>? Progress, TimeSpan? Timeout, RpcContext? Sender)
{
    /// <summary>The id of whoever sends it; empty = the server itself.</summary>
    public string From => Sender?.Peer.Id ?? "";

    /// <summary>How long a client has whose turn is now: never more than the sender has left itself.</summary>
    public TimeSpan? TimeLeft => Sender?.CallOptions.Timeout is { } left && (Timeout is null || left < Timeout) ? left : Timeout;
}
