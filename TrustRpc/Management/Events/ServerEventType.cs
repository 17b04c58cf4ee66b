namespace TrustRpc.Management;

/// <summary>The kinds of events that a server publishes by itself; an application's own have other names.</summary>
public static class ServerEventType
{
    /// <summary>A client has connected: <c>{uuid, name, ip_address, endpoint, transport}</c>.</summary>
    public const string ClientConnected = "client_connected";

    /// <summary>A client is not connected any more: <c>{uuid, name, reason}</c>.</summary>
    public const string ClientDisconnected = "client_disconnected";

    /// <summary>A command is on its way to a client: <c>{client_uuid, command, from}</c>.</summary>
    public const string CommandSent = "command_sent";

    /// <summary>A command has been answered or has failed: <c>{client_uuid, command, from, success, message, duration}</c>, the duration in milliseconds.</summary>
    public const string CommandCompleted = "command_completed";

    /// <summary>A client in sync has sent an update: <c>{client_uuid, payload}</c>.</summary>
    public const string DataUpdate = "data_update";

    /// <summary>The server stops; no event follows.</summary>
    public const string ServerStopping = "server_stopping";

    /// <summary>Nothing but a sign of life.</summary>
    public const string Heartbeat = "heartbeat";

    /// <summary>
    /// Events are missing in this subscription: <c>{missed, from, to}</c>, how many and the first and last of their sequence numbers. <c>missed</c> is null where nobody knows: the server has started
    /// anew. Every subscriber gets it, whatever it asked for.
    /// </summary>
    public const string Gap = "gap";

    internal static bool IsBuiltIn(string eventType)
        => eventType is ClientConnected or ClientDisconnected or CommandSent or CommandCompleted or DataUpdate or ServerStopping or Heartbeat or Gap;
}
