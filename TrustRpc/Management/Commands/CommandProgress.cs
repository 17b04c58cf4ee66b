using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>Reports of a command on their way to its sender: one that has come shows that the handler runs.</summary>
internal sealed class CommandProgress(IProgress<JsonElement> sender) : IProgress<JsonElement>
{
    private volatile bool _hasReported;

    public bool HasReported => _hasReported;

    public void Report(JsonElement value)
    {
        _hasReported = true;
        sender.Report(value);
    }
}
