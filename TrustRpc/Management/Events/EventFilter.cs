namespace TrustRpc.Management;

/// <summary>Which kinds of events a subscriber wants: names, or beginnings with a <c>*</c> behind them; none = all. Immutable.</summary>
internal sealed class EventFilter
{
    public const int MostTypes = 64;
    public const int LongestType = 128;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _beginnings = [];

    /// <exception cref="RpcException">There are too many, or one of them is no such name.</exception>
    public EventFilter(IReadOnlyList<string>? types)
    {
        foreach (string type in CheckedCount(types))
        {
            string name = type is { Length: > 0 } && type[^1] == '*' ? type[..^1] : type;
            if (type is not { Length: > 0 and <= LongestType } || name.Contains('*', StringComparison.Ordinal) || type.Any(char.IsControl))
            {
                throw new RpcException(
                    RpcErrorCode.InvalidParams, $"'event_types' holds names of 1 to {LongestType} characters without control characters, each with one * at its end at most, such as \"client_*\".");
            }

            if (name.Length < type.Length)
            {
                _beginnings.Add(name);
            }
            else
            {
                _names.Add(type);
            }
        }
    }

    public bool Wants(string eventType)
        => (_names.Count == 0 && _beginnings.Count == 0)
            || _names.Contains(eventType)
            || _beginnings.Exists(beginning => eventType.StartsWith(beginning, StringComparison.Ordinal));

    private static IReadOnlyList<string> CheckedCount(IReadOnlyList<string>? types)
        => types is null or { Count: <= MostTypes } ? types ?? [] : throw new RpcException(RpcErrorCode.InvalidParams, $"'event_types' holds at most {MostTypes} names.");
}
