using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Management;

/// <summary>
/// The commands that a server may send to this client: <c>client.Commands.Add("get_schedule", (ScheduleQuery query) => …)</c>. Thread-safe; commands may be added at any time, before the client
/// connects through <c>RpcClientOptions.Commands</c>.
/// </summary>
/// <remarks>
/// A handler may take the payload as its first parameter on the wire, of any type, and an <see cref="IProgress{T}"/> as its second; a <see cref="CancellationToken"/>, which fires when the
/// sender gives up or its time is over, and an <see cref="RpcContext"/> are supplied. Where a command may come without a payload, the parameter has a default. What it returns, or its task, is the result;
/// <see cref="RpcException"/> tells the sender what it says, any other exception an error id. On the wire a command is the method <c>command.</c> and its name.
/// </remarks>
public sealed class ClientCommands
{
    internal const string Prefix = "command.";
    internal const string WrongName = "A command's name has 1 to 128 characters and no control characters.";
    internal const int LongestName = 128;

    private readonly RpcServices _services;

    internal ClientCommands(RpcServices services) => _services = services;

    /// <summary>Adds a command.</summary>
    /// <param name="name">Its name: 1 to 128 characters, no control characters; exact.</param>
    /// <param name="handler">What it does; called from any number of threads at once.</param>
    /// <returns>These commands.</returns>
    /// <exception cref="ArgumentException">The name is not within these limits.</exception>
    /// <exception cref="InvalidOperationException">There is a command of that name, or the handler cannot be called from afar or returns a sequence. Nothing was added.</exception>
    [RequiresUnreferencedCode("Handlers are bound by reflection.")]
    [RequiresDynamicCode("Handlers are bound by reflection.")]
    public ClientCommands Add(string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (!IsName(name))
        {
            throw new ArgumentException(WrongName, nameof(name));
        }

        Type result = handler.Method.ReturnType;
        if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
        {
            throw new InvalidOperationException($"The command '{name}' returns a sequence, which has one result. Report what comes bit by bit through an IProgress.");
        }

        _services.Add(Prefix + name, handler);
        return this;
    }

    internal static bool IsName(string? name) => name is { Length: > 0 and <= LongestName } && !name.Any(char.IsControl);
}
