namespace TrustRpc.Management;

/// <summary>The types of messages in sync.</summary>
public static class SyncMessageType
{
    /// <summary>A sign of life; answered by another with the same payload.</summary>
    public const string Heartbeat = "HEARTBEAT";

    /// <summary>Something has changed: goes to every other client in sync and to event subscribers, and is acknowledged by a <see cref="Response"/>.</summary>
    public const string DataUpdate = "DATA_UPDATE";

    /// <summary>For the client in sync that <see cref="SyncMessage.ClientUuid"/> names, which is told who sent it.</summary>
    public const string Command = "COMMAND";

    /// <summary>To the server: what became of a <see cref="Command"/>, for the client that sent it. From the server: that, or what it says to a message of one's own.</summary>
    public const string Response = "RESPONSE";
}
