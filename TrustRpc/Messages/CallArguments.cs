namespace TrustRpc.Messages;

/// <summary>The arguments of a call as its caller gave them: by position, or one object by name.</summary>
internal readonly ref struct CallArguments
{
    public CallArguments(ReadOnlySpan<object?> positional) => Positional = positional;

    public CallArguments(object named)
    {
        ArgumentNullException.ThrowIfNull(named);
        if (named is object?[] array)
        {
            Positional = array;
        }
        else
        {
            Named = named;
        }
    }

    public ReadOnlySpan<object?> Positional { get; }

    public object? Named { get; }
}
