using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

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
    internal const string WrongName = "A command's name has 1 to 128 characters, no control characters and no half of a surrogate pair.";
    internal const int LongestName = 128;

    private readonly RpcServices _services;

    internal ClientCommands(RpcServices services) => _services = services;

    /// <summary>Adds a command.</summary>
    /// <param name="name">Its name: 1 to 128 characters, no control characters and no half of a surrogate pair; exact.</param>
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

        if (IsSequence(handler.Method.ReturnType))
        {
            throw new InvalidOperationException($"The command '{name}' returns a sequence, which has one result. Report what comes bit by bit through an IProgress.");
        }

        _services.Add(Prefix + name, handler);
        return this;
    }

    // Half of a surrogate pair is no text: no message and no event could hold the name.
    internal static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName)
        {
            return false;
        }

        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out Rune rune, out int length) != OperationStatus.Done || Rune.IsControl(rune))
            {
                return false;
            }

            name = name[length..];
        }

        return true;
    }

    [RequiresUnreferencedCode("Handlers are bound by reflection.")]
    private static bool IsSequence(Type result)
    {
        if (result.IsGenericType && (result.GetGenericTypeDefinition() == typeof(Task<>) || result.GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            result = result.GetGenericArguments()[0];
        }

        return Array.Exists([result, .. result.GetInterfaces()], static type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));
    }
}
