using System.Text;
using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>Answers calls as they were answered in a recording: by method and arguments, several answers to the same in their order, and the last one from then on.</summary>
internal sealed class Playback
{
    private const int MostExamples = 3;
    private const int LongestExample = 100;

    // Not at once: without a secret the connection is what says so.
    private static readonly Lazy<Redaction> AsRecorded = new(static () => new Redaction([], TrustId.FromEnvironment().ExportSecretText()));

    private readonly string _method;
    private readonly Lock _choosing = new();
    private readonly Dictionary<string, (List<RecordedCall> Calls, int Next)> _answers = [];

    private Playback(string method, IEnumerable<RecordedCall> calls)
    {
        _method = method;
        foreach (RecordedCall call in calls.OrderBy(call => call.Id is null))
        {
            string key = Key(call.Parameters);
            if (_answers.TryAdd(key, ([], 0)) || call.Id is not null)
            {
                _answers[key].Calls.Add(call);
            }
        }
    }

    /// <summary>Adds each method that was called, with its answers.</summary>
    /// <returns>The names.</returns>
    public static string[] AddTo(RpcServices services, IReadOnlyCollection<RecordedCall> calls)
    {
        IGrouping<string, RecordedCall>[] methods =
        [
            .. calls.Where(call => (call.IsAnswered || call.Id is null) && !call.Method.StartsWith("rpc.", StringComparison.Ordinal)).GroupBy(call => call.Method),
        ];
        foreach (IGrouping<string, RecordedCall> method in methods)
        {
            Playback playback = new(method.Key, method);
            if (method.Any(call => call.Items is not null))
            {
                services.Add(method.Key, playback.Stream, stream: true);
            }
            else
            {
                services.Add(method.Key, playback.Call);
            }
        }

        return Array.ConvertAll(methods, method => method.Key);
    }

    private JsonElement? Call(RpcArguments arguments)
    {
        RecordedCall call = Choose(arguments);
        return call.Error is null ? call.Result : throw Failure(call);
    }

    private IEnumerable<JsonElement> Stream(RpcArguments arguments)
    {
        RecordedCall call = Choose(arguments);
        foreach (JsonElement item in call.Items ?? [])
        {
            yield return item;
        }

        if (call.Error is not null)
        {
            throw Failure(call);
        }
    }

    private RecordedCall Choose(RpcArguments arguments)
    {
        lock (_choosing)
        {
            string key = Key(arguments.Json);
            if (!_answers.TryGetValue(key, out (List<RecordedCall> Calls, int Next) found))
            {
                string examples = string.Join(", ", _answers.Keys.Take(MostExamples).Select(known => known.Length <= LongestExample ? known : known[..LongestExample] + "…"));
                throw new RpcException(RpcErrorCode.InvalidParams, $"'{_method}' was not recorded with these arguments, but with {examples}.");
            }

            _answers[key] = (found.Calls, Math.Min(found.Next + 1, found.Calls.Count - 1));
            return found.Calls[found.Next];
        }
    }

    private static RpcException Failure(RecordedCall call)
    {
        var answer = Answer.Recorded(call);
        return new RpcException((RpcErrorCode)answer.Code, answer.Message ?? "") { ErrorData = call.Error!.Value.TryGetProperty("data", out JsonElement data) ? data : null };
    }

    // Members in any order, without secrets, which are not in a recording either; of a sequence only that it is one, because it comes anew.
    private static string Key(JsonElement? parameters)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            AsRecorded.Value.Write(writer, parameters ?? JsonElement.Parse("[]"));
        }

        using var plain = JsonDocument.Parse(bytes.ToArray());
        StringBuilder key = new();
        Append(key, plain.RootElement);
        return key.ToString();
    }

    private static void Append(StringBuilder key, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                key.Append('[').AppendJoin(", ", value.EnumerateArray().Select(Text)).Append(']');
                break;
            case JsonValueKind.Object when Sequence.Read(value) is not null:
                key.Append("{…}");
                break;
            case JsonValueKind.Object:
                key.Append('{').AppendJoin(", ", value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"\"{member.Name}\": {Text(member.Value)}")).Append('}');
                break;
            default:
                key.Append(value.GetRawText());
                break;
        }
    }

    private static string Text(JsonElement value)
    {
        StringBuilder text = new();
        Append(text, value);
        return text.ToString();
    }
}
