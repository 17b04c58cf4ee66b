namespace TrustRpc.Services;

/// <summary>One registered method, ready to run. Immutable but for <see cref="HoldsUp"/>.</summary>
internal sealed class MethodDescriptor
{
    private readonly Invoker _invoke;
    private readonly object? _target;
    private const int Often = 2;
    private const int Lately = 250;

    private int _timesHeldUp;
    private int _lastLook;

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

    /// <summary>One of the protocol's own, which has rules of its own.</summary>
    public bool IsReserved { get; init; }

    /// <summary>How the result is handed over where it is a sequence; null where it is a value.</summary>
    public SequenceResult? Sequence { get; init; }

    /// <summary>
    /// The method was seen to block, twice in a short time: once may have been its compilation, or the system that ran something else meanwhile. From then on it is
    /// not run on a thread that reads.
    /// </summary>
    public bool HoldsUp => TimesHeldUp >= Often;

    public int TimesHeldUp => Volatile.Read(ref _timesHeldUp);

    /// <summary>The method has held up a thread that reads.</summary>
    /// <param name="look">The number of the look that found it, one about every millisecond.</param>
    public void HeldUp(int look)
    {
        if (look - Interlocked.Exchange(ref _lastLook, look) > Lately)
        {
            Volatile.Write(ref _timesHeldUp, 0);
        }

        Interlocked.Increment(ref _timesHeldUp);
    }

    /// <summary>The method may show again whether it blocks.</summary>
    public void TryAgain() => Volatile.Write(ref _timesHeldUp, 0);

    /// <summary>Binds <paramref name="arguments"/> (the JSON of <c>params</c>; empty = none) and runs the method.</summary>
    public void Invoke(ReadOnlySpan<byte> arguments, Invocation invocation)
    {
        var reader = new ArgumentReader(arguments, this, invocation.Streams);
        _invoke(_target, ref reader, invocation);
    }
}
