using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>
/// Makes the calls of a recorded conversation again, in their order: a call comes after the answers that the client had when it was made. What the server
/// calls back is answered as it was.
/// </summary>
internal sealed class Replayer(RecordedConversation conversation, RpcEndpoint server, Action<RecordedCall, Answer> report)
{
    private readonly Dictionary<RecordedCall, Task> _running = [];
    private readonly Dictionary<RecordedCall, CancellationTokenSource> _givenUp = [];

    public async Task RunAsync(CancellationToken stop)
    {
        RpcClientOptions options = new() { ClientId = conversation.ClientId, ClientName = conversation.ClientName };
        Playback.AddTo(options.Services, conversation.CallsBack);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using RpcClient client = await RpcClient.ConnectAsync(server, options, stop);
        try
        {
            await GoAsync(client, end.Token);
        }
        finally
        {
            // What was not answered then is not waited for now.
            await end.CancelAsync();
            await Task.WhenAll(_running.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (CancellationTokenSource source in _givenUp.Values)
            {
                source.Dispose();
            }
        }
    }

    private async Task GoAsync(RpcClient client, CancellationToken end)
    {
        int known = 0;
        foreach (RecordedStep step in conversation.Steps)
        {
            for (; known < step.AnsweredBefore; known++)
            {
                await _running[conversation.Answered[known]];
            }

            if (step.IsCancellation)
            {
                await _givenUp[step.Call].CancelAsync();
            }
            else if (step.Call.Id is null)
            {
                await NotifyAsync(client, step.Call, end);
            }
            else
            {
                _givenUp[step.Call] = CancellationTokenSource.CreateLinkedTokenSource(end);
                _running[step.Call] = CompareAsync(client, step.Call, _givenUp[step.Call].Token, end);
            }
        }

        await Task.WhenAll(conversation.Answered.Skip(known).Select(call => _running[call]));
    }

    private async Task CompareAsync(RpcClient client, RecordedCall call, CancellationToken cancellationToken, CancellationToken end)
    {
        Answer now;
        try
        {
            now = call.Items is null ? Answer.OfResult(await CallAsync(client, call, cancellationToken)) : await StreamAsync(client, call, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            end.ThrowIfCancellationRequested();
            now = Answer.OfError((int)RpcErrorCode.Cancelled, "The call was cancelled.");
        }
        catch (RpcCallException e)
        {
            now = Answer.OfError((int)e.Code, e.Message);
        }

        if (call.IsAnswered)
        {
            report(call, now);
        }
    }

    private async Task<JsonElement> CallAsync(RpcClient client, RecordedCall call, CancellationToken cancellationToken)
    {
        RpcCallOptions options = new() { Timeout = call.Timeout };
        return Arguments(call) is var arguments && arguments is object?[] positional
            ? await client.CallAsync<JsonElement>(call.Method, positional, options, cancellationToken)
            : await client.CallAsync<JsonElement>(call.Method, arguments, options, cancellationToken);
    }

    // A client that left early does so again; one that got all of it would notice a further item.
    private async Task<Answer> StreamAsync(RpcClient client, RecordedCall call, CancellationToken cancellationToken)
    {
        object arguments = Arguments(call);
        IAsyncEnumerable<JsonElement> stream = arguments is object?[] positional
            ? client.StreamAsync<JsonElement>(call.Method, positional, cancellationToken)
            : client.StreamAsync<JsonElement>(call.Method, arguments, cancellationToken);
        int most = call.Items!.Count + (call.IsFinished || call.Error is not null ? 1 : 0);
        List<JsonElement> items = [];
        try
        {
            if (most > 0)
            {
                await foreach (JsonElement item in stream)
                {
                    items.Add(item);
                    if (items.Count == most)
                    {
                        break;
                    }
                }
            }
        }
        catch (RpcCallException e)
        {
            return Answer.OfItems(items, (int)e.Code, e.Message);
        }

        return Answer.OfItems(items);
    }

    private async Task NotifyAsync(RpcClient client, RecordedCall call, CancellationToken cancellationToken)
    {
        if (Arguments(call) is var arguments && arguments is object?[] positional)
        {
            await client.NotifyAsync(call.Method, positional, cancellationToken);
        }
        else
        {
            await client.NotifyAsync(call.Method, arguments, cancellationToken);
        }
    }

    private object Arguments(RecordedCall call) => call.Parameters switch
    {
        { ValueKind: JsonValueKind.Array } values => (object?[])[.. values.EnumerateArray().Select(Argument)],
        { ValueKind: JsonValueKind.Object } named => named.EnumerateObject().ToDictionary(member => member.Name, member => Argument(member.Value)),
        _ => Array.Empty<object?>(),
    };

    private object? Argument(JsonElement value)
        => Sequence.Read(value) is { } sequence && (sequence.Token is null || conversation.Sent.ContainsKey(sequence.Token.Value))
            ? ItemsAsync(sequence.Token is { } token ? conversation.Sent[token] : [.. sequence.Values])
            : value;

    private static async IAsyncEnumerable<JsonElement> ItemsAsync(IReadOnlyList<JsonElement> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (JsonElement item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }

        await Task.CompletedTask;
    }
}
