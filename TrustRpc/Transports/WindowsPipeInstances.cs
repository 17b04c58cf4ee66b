using System.IO.Pipes;
using System.Runtime.Versioning;

namespace TrustRpc.Transports;

/// <summary>
/// The instances of one named pipe on Windows. One always waits: were there a moment without any, clients would find no server and another
/// process could take the name.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsPipeInstances : IDisposable
{
    private readonly string _name;
    private readonly PipeSecurity _security;
    private readonly Lock _gate = new();
    private NamedPipeServerStream _waiting;
    private bool _isDisposed;

    public WindowsPipeInstances(string name, PipeSecurity security)
    {
        _name = name;
        _security = security;
        _waiting = Make(PipeOptions.FirstPipeInstance);
    }

    /// <summary>Waits for one peer; null where it left while it was let in.</summary>
    public async ValueTask<TransportLink?> AcceptAsync(CancellationToken cancellationToken)
    {
        bool isConnected = _waiting.IsConnected || await ConnectAsync(cancellationToken).ConfigureAwait(false);
        NamedPipeServerStream connected = _waiting;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this); // Else the next one would keep the name.
            _waiting = Make(PipeOptions.None); // Where this fails the connected one is handed out by the next try.
        }

        if (isConnected)
            return new PipeLink(connected, TrustChannel.Local);
        await connected.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _waiting.Dispose();
        }
    }

    private async ValueTask<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _waiting.WaitForConnectionAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private NamedPipeServerStream Make(PipeOptions options) => NamedPipeServerStreamAcl.Create(
        _name,
        PipeDirection.InOut,
        NamedPipeServerStream.MaxAllowedServerInstances,
        PipeTransmissionMode.Byte,
        PipeOptions.Asynchronous | options,
        inBufferSize: 0,
        outBufferSize: 0,
        _security);
}
