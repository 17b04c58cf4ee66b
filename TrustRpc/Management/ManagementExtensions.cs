using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TrustRpc.Management;

/// <summary>Management as a part of servers and clients.</summary>
[SuppressMessage("Naming", "CA1708", Justification = "The rule takes extension blocks for members of one name.")]
public static class ManagementExtensions
{
    private static readonly ConditionalWeakTable<RpcServer, RpcManagement> Managed = [];

    /// <summary>Who has management or is about to: a mark in the place of a lock, under which the clock and the streams of a program would be used.</summary>
    private static readonly ConditionalWeakTable<RpcServer, object> Taken = [];

    extension(RpcClient client)
    {
        /// <summary>The commands that a server may send to this client: <c>client.Commands.Add("ping", () => "pong")</c>.</summary>
        public ClientCommands Commands => new(client.Services);
    }

    extension(RpcClientOptions options)
    {
        /// <summary>The commands that a server may send to a client made with these options, from its first moment on.</summary>
        public ClientCommands Commands => new(options.Services);
    }

    extension(RpcServer server)
    {
        /// <summary>The events of a server that has management.</summary>
        /// <exception cref="InvalidOperationException">The server has none: <c>AddManagement</c> comes first.</exception>
        public EventHub Events => Managed.TryGetValue(server, out RpcManagement? management)
            ? management.Events
            : throw new InvalidOperationException("The server has no management; call AddManagement first.");

        /// <summary>
        /// Adds the management services to a server: <c>ListClients</c>, <c>ForgetClient</c>, <c>SendCommand</c>, <c>StreamSync</c> and <c>Subscribe</c>. To be called once, before it starts.
        /// </summary>
        /// <param name="options">Null = all defaults: clients are kept in memory.</param>
        /// <returns>The management, which ends with the server.</returns>
        /// <exception cref="InvalidOperationException">The server has management already, or a method of one of these names.</exception>
        /// <exception cref="ObjectDisposedException">The server has been stopped, before or meanwhile.</exception>
        /// <exception cref="ArgumentOutOfRangeException">An option is out of its range. Whatever is thrown, the store stays the caller's and is not opened.</exception>
        [RequiresUnreferencedCode("Methods are registered by reflection.")]
        [RequiresDynamicCode("Methods are registered by reflection.")]
        public RpcManagement AddManagement(ManagementOptions? options = null)
        {
            // Its end, which would be that of the management, has been told already.
            ObjectDisposedException.ThrowIf(server.HasStopped, server);
            if (!Taken.TryAdd(server, Taken))
            {
                throw new InvalidOperationException("The server has management already.");
            }

            try
            {
                RpcManagement management = new(server, options ?? new ManagementOptions());
                Managed.Add(server, management);
                return management;
            }
            catch
            {
                Taken.Remove(server);
                throw;
            }
        }
    }
}
