namespace TrustRpc.Services;

/// <summary>One registered method, ready to run. Immutable but for <see cref="HoldsUp"/>.</summary>
internal sealed class MethodDescriptor
{
    private readonly Invoker _invoke;
    private readonly object? _target;
    private volatile bool _holdsUp;

    public MethodDescriptor(MethodSource source, ParameterDescriptor[] parameters, Invoker invoke)
    {
        Source = source;
        Parameters = parameters;
        WireParameters = Array.FindAll(parameters, p => p.Kind == ParameterKind.Wire);
        _target = source.Target;
        _invoke = invoke;
    }

    /// <summary>The name that travels.</summary>
    public string Name => Source.Name;

    /// <summary>Declared short and non-blocking.</summary>
    public bool Inline => Source.Inline;

    /// <summary>All parameters, in the order of the declaration.</summary>
    public ParameterDescriptor[] Parameters { get; }

    /// <summary>Those that the caller gives, in the same order: the position of an argument is its index here.</summary>
    public ParameterDescriptor[] WireParameters { get; }

    public MethodSource Source { get; }

    /// <summary>How the result is handed over where it is a sequence; null where it is a value.</summary>
    public SequenceResult? Sequence { get; init; }

    /// <summary>Set by whoever runs the method once it has been seen to block; from then on it is never run on a thread that reads.</summary>
    public bool HoldsUp
    {
        get => _holdsUp;
        set => _holdsUp = value;
    }

    /// <summary>Binds <paramref name="arguments"/> (the JSON of <c>params</c>; empty = none) and runs the method.</summary>
    public void Invoke(ReadOnlySpan<byte> arguments, Invocation invocation)
    {
        var reader = new ArgumentReader(arguments, this, invocation.Streams);
        _invoke(_target, ref reader, invocation);
    }
}
