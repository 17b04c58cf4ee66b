using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>The descriptions of a registry, each written once: of all methods, and of those that callers with the same rights may call. Thread-safe.</summary>
internal sealed class DescriptionCache
{
    // Callers with more kinds of rights than that have theirs written anew.
    private const int Most = 16;

    private readonly Lock _gate = new();

    // Made when it is asked for: a process that only calls others starts without.
    private List<(string[] Names, JsonElement Document)>? _known;
    private MethodTable? _table;

    /// <param name="table">The methods.</param>
    /// <param name="isAllowed">Which of them; null = all.</param>
    /// <param name="title">What they are the methods of.</param>
    /// <param name="json">How their arguments and results are written.</param>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    public JsonElement Of(MethodTable table, Predicate<string>? isAllowed, Func<string> title, JsonSerializerOptions json)
    {
        // Asked outside the lock: it is the program's own code.
        MethodDescriptor[] methods = [.. table.Methods.Where(method => isAllowed is null || isAllowed(method.Name))];
        string[] names = [.. methods.Select(method => method.Name)];
        if (Find(table, names) is { } document)
        {
            return document;
        }

        // So is what describes itself. Where two write at the same time, the first document stays.
        JsonElement written = OpenRpcDocument.Write(methods, title(), json);
        lock (_gate)
        {
            if (Find(table, names) is { } first)
            {
                return first;
            }

            if (_known is null || _table != table)
            {
                (_table, _known) = (table, []);
            }

            if (_known.Count == Most)
            {
                _known.RemoveAt(0);
            }

            _known.Add((names, written));
            return written;
        }
    }

    private JsonElement? Find(MethodTable table, string[] names)
    {
        lock (_gate)
        {
            if (_table == table)
            {
                foreach ((string[] known, JsonElement document) in _known ?? [])
                {
                    if (known.AsSpan().SequenceEqual(names))
                    {
                        return document;
                    }
                }
            }

            return null;
        }
    }
}
