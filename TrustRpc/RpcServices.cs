using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using TrustRpc.Discovery;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// The methods that the other side may call. Thread-safe: methods may be added while calls are being served, and a service is added as a whole or not at all.
/// </summary>
/// <remarks>
/// <para>
/// Methods may be synchronous or return <see cref="Task"/> or <see cref="ValueTask"/>, with or without a result. Parameters arrive by position or by name; optional ones
/// keep their defaults, nullable annotations and required members are respected. A <see cref="CancellationToken"/> and a <see cref="RpcContext"/> are supplied and
/// not on the wire; one <see cref="RpcArguments"/> takes all that the caller gave, whatever it is. What cannot be called from afar (<c>ref</c> parameters, generics, pointers, <c>async void</c>, ...) is refused when it is added, with the reason.
/// </para>
/// <para>Names are exact, and are the CLR name without <c>Async</c> or what <see cref="RpcMethodAttribute"/> says. Every name stands for one method.</para>
/// </remarks>
public sealed class RpcServices
{
    private const string Refused = "Nothing was registered";

    private readonly JsonSerializerOptions? _json;
    private readonly Lock _adding = new();
    private readonly DescriptionCache _descriptions = new();
    private volatile MethodTable _table = MethodTable.Empty;
    private volatile MethodTable _reserved = MethodTable.Empty;

    /// <summary>Makes a registry with nothing in it.</summary>
    public RpcServices()
    {
    }

    internal RpcServices(JsonSerializerOptions json) => _json = json;

    /// <summary>What the methods are the methods of, in their description.</summary>
    internal Func<string> Title { get; init; } = static () => ProcessIdentity.Name;

    internal IReadOnlyCollection<MethodDescriptor> Methods => _table.Methods;

    /// <summary>
    /// Adds what an object offers. Where <typeparamref name="T"/> is an interface marked <see cref="RpcServiceAttribute"/>, the methods of that interface and no others;
    /// otherwise the methods of all marked interfaces that the object implements, and its public methods marked <see cref="RpcMethodAttribute"/>, inherited ones included.
    /// </summary>
    /// <typeparam name="T">The service's type, or the interface to offer.</typeparam>
    /// <param name="service">The object whose methods are called, from any number of threads at once. It is not disposed.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="InvalidOperationException">Nothing is marked, a name is taken or reserved, or a method cannot be called from afar. Nothing was added.</exception>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    public RpcServices Add<T>(T service)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(service);
        var problems = new List<string>();
        List<MethodSource> found = ServiceScanner.Scan(typeof(T), service, problems);
        if (found.Count == 0 && problems.Count == 0)
        {
            string type = TypeName.Of(service.GetType());
            problems.Add($"{type} offers nothing: mark its public methods with [RpcMethod], or an interface that it implements with [RpcService]");
        }

        return Add(found, problems);
    }

    /// <summary>Adds one method.</summary>
    /// <param name="name">The name that travels; exact, and not one that begins with <c>$/</c> or <c>rpc.</c>.</param>
    /// <param name="method">Any delegate; called from any number of threads at once.</param>
    /// <param name="inline">As <see cref="RpcMethodAttribute.Inline"/>.</param>
    /// <param name="stream">As <see cref="RpcMethodAttribute.Stream"/>.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="InvalidOperationException">The name is taken or reserved, or the delegate cannot be called from afar. Nothing was added.</exception>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    public RpcServices Add(string name, Delegate method, bool inline = false, bool stream = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(method);
        return Add([MethodSource.OfDelegate(name, inline, method, stream)], []);
    }

    /// <summary>
    /// Describes the methods as callers see them, an OpenRPC document with JSON Schema: what <c>rpc.discover</c> answers. Descriptions come from <see cref="System.ComponentModel.DescriptionAttribute"/>,
    /// else from the XML documentation file beside the assembly. Written at the first request after a method was added, which takes some milliseconds, and kept until the next one is.
    /// </summary>
    /// <returns>The document; its <c>ToString</c> is the JSON text.</returns>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    public JsonElement Describe() => _descriptions.Of(_table, isAllowed: null, Title, _json ?? RpcJson.Options);

    /// <summary>As <see cref="Describe()"/>, of those methods alone that somebody may call.</summary>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    internal JsonElement Describe(Predicate<string> isAllowed) => _descriptions.Of(_table, isAllowed, Title, _json ?? RpcJson.Options);

    /// <summary>Adds a method of the protocol's own, under a name that no other can have.</summary>
    internal void AddReserved(MethodDescriptor method)
    {
        lock (_adding)
        {
            _reserved = _reserved.With([method]);
        }
    }

    /// <summary>Finds a method of the protocol's own that is run as any other: with a place among the calls in flight, a deadline and an answer that may be too large.</summary>
    internal bool TryFindReserved(ReadOnlySpan<byte> utf8Name, [NotNullWhen(true)] out MethodDescriptor? method)
    {
        if (_reserved.TryFindExact(utf8Name, out method))
        {
            return true;
        }

        method = utf8Name.SequenceEqual(ReservedMethods.Discover) ? Discover() : null;
        return method is not null;
    }

    /// <summary>Finds a method by the name in a request, without making a string of it.</summary>
    internal bool TryFind(ReadOnlySpan<byte> utf8Name, [NotNullWhen(true)] out MethodDescriptor? method) => _table.TryFind(utf8Name, out method);

    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    private RpcServices Add(List<MethodSource> sources, List<string> problems)
    {
        foreach (MethodSource source in sources)
        {
            ShapeRule.Check(source, problems);
            if (NameRule.ProblemOf(source.Name) is { } problem)
            {
                problems.Add($"{source}: {problem}");
            }
        }

        Clash.Check(sources, problems);
        Registration.ThrowIfAny(problems, Refused);
        List<MethodDescriptor> methods = sources.ConvertAll(source => MethodBinder.Bind(source, _json));
        lock (_adding)
        {
            Clash.Check(sources, _table, problems);
            Registration.ThrowIfAny(problems, Refused);
            _table = _table.With(methods);
        }

        return this;
    }

    // Made at the first request for it: most registries are never asked.
    private MethodDescriptor Discover()
    {
        lock (_adding)
        {
            if (!_reserved.TryFindExact(ReservedMethods.Discover, out MethodDescriptor? method))
            {
                method = DiscoverMethod.Of(this);
                _reserved = _reserved.With([method]);
            }

            return method;
        }
    }
}
