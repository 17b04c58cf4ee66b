using TrustRpc.Messages;

namespace TrustRpc.Hosting;

/// <summary>Arguments that outlive their caller's span, so that a call can be sent again.</summary>
internal readonly struct KeptArguments
{
    private readonly object?[]? _positional;
    private readonly object? _named;

    public KeptArguments(CallArguments arguments)
        : this(arguments.Positional, arguments.Named)
    {
    }

    public KeptArguments(ReadOnlySpan<object?> positional, object? named)
    {
        _named = named;
        _positional = named is null ? positional.ToArray() : null;
    }

    public CallArguments Arguments => _named is null ? new CallArguments(_positional) : new CallArguments(_named);
}
