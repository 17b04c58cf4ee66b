using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace TrustRpc.Transports;

/// <summary>Named pipes on Windows.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsPipe
{
    private static readonly TimeSpan PatienceWithBusyServer = TimeSpan.FromSeconds(1);

    public static IStreamListener Listen(RpcEndpoint endpoint, TransportOptions options)
    {
        try
        {
            var instances = new WindowsPipeInstances(endpoint.PipeName!, Security(options.AllowOtherUsers));
            return new StreamListener(endpoint, instances.AcceptAsync, instances, options.TimeProvider, failed: options.AcceptFailed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TransportError.CannotListen(endpoint, "another server listens there, or the name is reserved. Choose another name.", e);
        }
    }

    public static async ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        PipeOptions pipeOptions = PipeOptions.Asynchronous | (options.AllowOtherUsers ? PipeOptions.None : PipeOptions.CurrentUserOnly);
        var pipe = new NamedPipeClientStream(endpoint.PipeServer!, endpoint.PipeName!, PipeDirection.InOut, pipeOptions);
        try
        {
            await pipe.ConnectAsync(PatienceWithBusyServer, cancellationToken).ConfigureAwait(false);
            return new PipeLink(pipe, endpoint.PipeServer == EndpointReader.ThisMachine ? TrustChannel.Local : TrustChannel.Other);
        }
        catch (Exception e)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                TimeoutException => TransportError.CannotConnect(endpoint, "nobody listens there; is the server running?", e),
                UnauthorizedAccessException => TransportError.CannotConnect(endpoint, "permission denied; the server's pipe belongs to another user.", e),
                IOException => TransportError.CannotConnect(endpoint, TransportError.Sentence(e), e),
                _ => e,
            };
        }
    }

    /// <summary>
    /// Nobody through the network, and of those on this machine the current user alone unless others are allowed. The runtime's
    /// <see cref="PipeOptions.CurrentUserOnly"/> would let the same user in from other machines, so its rule is written out here with the refusal before it.
    /// </summary>
    private static PipeSecurity Security(bool allowOtherUsers)
    {
        using WindowsIdentity identity = WindowsIdentity.GetCurrent();
        SecurityIdentifier owner = identity.Owner!;
        var security = new PipeSecurity();
        security.AddAccessRule(Rule(new SecurityIdentifier(WellKnownSidType.NetworkSid, null), PipeAccessRights.FullControl, AccessControlType.Deny));
        security.AddAccessRule(Rule(owner, PipeAccessRights.FullControl, AccessControlType.Allow));
        if (allowOtherUsers)
            security.AddAccessRule(Rule(new SecurityIdentifier(WellKnownSidType.AuthenticatedUserSid, null), PipeAccessRights.ReadWrite, AccessControlType.Allow));
        security.SetOwner(owner);
        return security;
    }

    private static PipeAccessRule Rule(SecurityIdentifier who, PipeAccessRights rights, AccessControlType type) => new(who, rights, type);
}
