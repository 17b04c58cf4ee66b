using System.Reflection;
using System.Text.Json.Serialization;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>Which arguments of a proxied method travel. A token is taken off and given to the call; a context is the callee's business and is not sent.</summary>
internal sealed class ProxyArguments
{
    private readonly bool[] _stays;
    private readonly Type?[] _bases;
    private readonly int _token;
    private readonly MethodInfo? _declared;
    private Known _allowsNull;

    public ProxyArguments(string method, ParameterInfo[] parameters, CallSettings settings = default, TimeSpan? streamTimeout = null, MethodInfo? declared = null)
    {
        _declared = declared;
        Method = method;
        Settings = settings;
        StreamTimeout = streamTimeout;
        _token = Array.FindIndex(parameters, p => p.ParameterType == typeof(CancellationToken));
        _stays = Array.ConvertAll(parameters, p => ParameterKinds.Of(p.ParameterType) != ParameterKind.Wire);
        _bases = Array.ConvertAll(parameters, p => HasDerived(p.ParameterType) ? p.ParameterType : null);
    }

    /// <summary>The name that travels.</summary>
    public string Method { get; }

    /// <summary>What the interface says of every call of the method.</summary>
    public CallSettings Settings { get; }

    /// <summary>How long a sequence that the method returns may take as a whole; null = as long as it likes.</summary>
    public TimeSpan? StreamTimeout { get; }

    /// <summary>False where the interface says that the result is never null. Found when the first null arrives.</summary>
    public bool ResultAllowsNull => _declared is null || Nullability.ResultAllowsNull(_declared, ref _allowsNull);

    public CancellationToken TokenOf(object?[] given) => _token < 0 ? default : (CancellationToken)given[_token]!;

    /// <summary>The arguments that travel, moved to the front of <paramref name="given"/>, which was made for this call alone. Take the token first.</summary>
    public ReadOnlySpan<object?> WireOf(object?[] given)
    {
        int kept = 0;
        for (int i = 0; i < _stays.Length; i++)
        {
            if (!_stays[i])
            {
                given[kept++] = _bases[i] is { } type && given[i] is { } value ? new DerivedValue(value, type) : given[i];
            }
        }

        return given.AsSpan(0, kept);
    }

    private static bool HasDerived(Type type)
        => type.IsDefined(typeof(JsonDerivedTypeAttribute), inherit: false) || type.IsDefined(typeof(JsonPolymorphicAttribute), inherit: false);
}
