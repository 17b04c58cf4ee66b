using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>
/// One conversation of a recording as calls: sequences are put together from their batches, and what belongs to the connection (pings, credits, the end) is left out.
/// </summary>
internal sealed class RecordedConversation(int number)
{
    private const string Next = "$/enumerator/next";
    private const string Abort = "$/enumerator/abort";
    private const string Cancel = "$/cancelRequest";

    private readonly Dictionary<string, RecordedCall> _open = [];
    private readonly Dictionary<long, RecordedCall> _results = [];
    private readonly Dictionary<string, long> _nextOfClient = [];
    private readonly Dictionary<string, long> _nextOfServer = [];
    private readonly Dictionary<string, RecordedCall> _openBack = [];

    public int Number { get; } = number;

    public string ClientId { get; private set; } = "replay";

    public string ClientName { get; private set; } = "replay";

    /// <summary>What the client called, told and gave up, in order.</summary>
    public List<RecordedStep> Steps { get; } = [];

    /// <summary>The client's calls in the order in which they were answered, sequences to their end.</summary>
    public List<RecordedCall> Answered { get; } = [];

    /// <summary>What the server called at the client.</summary>
    public List<RecordedCall> CallsBack { get; } = [];

    /// <summary>The items of the sequences that the client sent, by their token.</summary>
    public Dictionary<long, List<JsonElement>> Sent { get; } = [];

    public void Opened(JsonElement client)
    {
        ClientId = client.GetProperty("id").GetString()!;
        ClientName = client.GetProperty("name").GetString()!;
    }

    /// <summary>Forgets the calls that have no answer: of what was cut off nobody knows whether their own streams were complete.</summary>
    public void LeaveOutUnanswered() => Steps.RemoveAll(step => step.Call.Id is not null && !step.Call.IsAnswered);

    /// <summary>Takes the next message.</summary>
    public void Add(JsonElement message, bool toServer)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        string? id = message.TryGetProperty("id", out JsonElement given) ? given.GetRawText() : null;
        if (!message.TryGetProperty("method", out JsonElement name) || name.ValueKind != JsonValueKind.String)
        {
            Answer(id ?? "", message, toServer);
            return;
        }

        string method = name.GetString()!;
        JsonElement? parameters = message.TryGetProperty("params", out JsonElement all) ? all : null;
        if (method.StartsWith("$/", StringComparison.Ordinal))
        {
            AddReserved(method, id, parameters, toServer);
        }
        else if (method != "rpc.ping")
        {
            AddCall(method, id, parameters, message, toServer);
        }
    }

    private void AddCall(string method, string? id, JsonElement? parameters, JsonElement message, bool toServer)
    {
        TimeSpan? timeout = message.TryGetProperty("timeout", out JsonElement given) && given.TryGetDouble(out double milliseconds) ? TimeSpan.FromMilliseconds(milliseconds) : null;
        RecordedCall call = new(method, parameters) { Id = id, Timeout = timeout };
        if (toServer)
        {
            Steps.Add(new RecordedStep(call, IsCancellation: false, Answered.Count));
        }
        else
        {
            CallsBack.Add(call);
        }

        if (id is not null)
        {
            (toServer ? _open : _openBack)[id] = call;
        }

        if (toServer && parameters is { } value)
        {
            foreach (JsonElement argument in Arguments(value))
            {
                if (Sequence.Read(argument) is { Token: { } token } sequence)
                {
                    Sent[token] = [.. sequence.Values];
                }
            }
        }
    }

    private void AddReserved(string method, string? id, JsonElement? parameters, bool toServer)
    {
        if (parameters is not { } given)
        {
            return;
        }

        if (method == Cancel)
        {
            if (toServer && given.ValueKind == JsonValueKind.Object && given.TryGetProperty("id", out JsonElement cancelled) && _open.TryGetValue(cancelled.GetRawText(), out RecordedCall? call))
            {
                Steps.Add(new RecordedStep(call, IsCancellation: true, Answered.Count));
            }
        }
        else if (Token(given) is not { } token)
        {
            return;
        }
        else if (method == Next && id is not null)
        {
            (toServer ? _nextOfClient : _nextOfServer)[id] = token;
        }
        else if (method == Abort && toServer && _results.Remove(token, out RecordedCall? left))
        {
            Answered.Add(left);
        }
    }

    private void Answer(string id, JsonElement message, bool toServer)
    {
        if (toServer)
        {
            if (_nextOfServer.Remove(id, out long sent) && message.TryGetProperty("result", out JsonElement batch))
            {
                Sent.TryAdd(sent, []);
                Sent[sent].AddRange(Sequence.ValuesOf(batch));
            }
            else if (_openBack.Remove(id, out RecordedCall? back))
            {
                Settle(back, message);
            }
        }
        else if (_nextOfClient.Remove(id, out long token))
        {
            AddBatch(token, message);
        }
        else if (_open.Remove(id, out RecordedCall? call))
        {
            Settle(call, message);
            if (call.Result is { } result && Sequence.Read(result) is { } sequence)
            {
                call.Items = [.. sequence.Values];
                call.IsFinished = sequence.Token is null;
                if (sequence.Token is { } more)
                {
                    _results[more] = call;
                    return;
                }
            }

            Answered.Add(call);
        }
    }

    private void AddBatch(long token, JsonElement message)
    {
        if (!_results.TryGetValue(token, out RecordedCall? call))
        {
            return;
        }

        if (message.TryGetProperty("result", out JsonElement batch))
        {
            call.Items!.AddRange(Sequence.ValuesOf(batch));
            call.IsFinished = batch.TryGetProperty("finished", out JsonElement finished) && finished.ValueKind == JsonValueKind.True;
        }
        else
        {
            Settle(call, message);
        }

        if (call.IsFinished || call.Error is not null)
        {
            _results.Remove(token);
            Answered.Add(call);
        }
    }

    private static void Settle(RecordedCall call, JsonElement message)
    {
        call.Error = message.TryGetProperty("error", out JsonElement error) ? error : null;
        call.Result = message.TryGetProperty("result", out JsonElement result) ? result : null;
    }

    private static IEnumerable<JsonElement> Arguments(JsonElement parameters) => parameters.ValueKind switch
    {
        JsonValueKind.Array => parameters.EnumerateArray(),
        JsonValueKind.Object => parameters.EnumerateObject().Select(member => member.Value),
        _ => [],
    };

    private static long? Token(JsonElement parameters)
    {
        JsonElement? first = parameters.ValueKind switch
        {
            JsonValueKind.Array when parameters.GetArrayLength() > 0 => parameters[0],
            JsonValueKind.Object when parameters.TryGetProperty("token", out JsonElement named) => named,
            _ => null,
        };
        return first is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long token) ? token : null;
    }
}
