using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>A command on its way to one client or several.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Payload">What the handler gets; null = nothing.</param>
/// <param name="Progress">Who is told how far it is; null = nobody.</param>
/// <param name="Timeout">How long each client has; null = as the server's calls have. Never more than what the sender has left.</param>
/// <param name="From">The id of whoever sends it; empty = the server itself.</param>
internal readonly record struct CommandRequest(string Command, JsonElement? Payload, IProgress<JsonElement>? Progress, TimeSpan? Timeout, string From);
