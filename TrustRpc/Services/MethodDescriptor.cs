using TrustRpc.Streams;

namespace TrustRpc.Services;

/// <summary>One registered method, ready to run. Immutable but for <see cref="HoldsUp"/>. Thread-safe.</summary>
internal sealed class MethodDescriptor
{
    private readonly Invoker _invoke;
    private readonly object? _target;
    private HoldUps _holdUps;
    private Known _allowsNull;

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

    /// <summary>False for a result whose annotation says that it is never null. Found when the first null is returned: nearly no program needs it, and the reflection costs its start.</summary>
    public bool ResultAllowsNull => Nullability.ResultAllowsNull(Source.Annotated, ref _allowsNull);

    /// <summary>The method was seen to block: it is run on a thread of its own (<see cref="Connections.BlockingThreads"/>).</summary>
    public bool HoldsUp => _holdUps.AreOften;

    /// <summary>The method has held up a thread that reads, or one of the pool.</summary>
    public void HeldUp() => _holdUps.Add(Environment.TickCount);

    /// <summary>The method was run where it holds nothing up, since that time.</summary>
    public void RanApart(long start) => _holdUps.RanApart(start);

    /// <summary>The method is taken to come back at once again.</summary>
    public void Forgive() => _holdUps.Forget();

    /// <summary>Binds <paramref name="arguments"/> (the JSON of <c>params</c>; empty = none) and runs the method.</summary>
    public void Invoke(ReadOnlySpan<byte> arguments, Invocation invocation)
    {
        var reader = new ArgumentReader(arguments, this, invocation.Streams);
        _invoke(_target, ref reader, invocation);
    }
}
