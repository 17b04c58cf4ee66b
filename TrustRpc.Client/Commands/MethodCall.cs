using System.Text.Json;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>One call with the words that were typed as its arguments, taken as the method means them.</summary>
internal static class MethodCall
{
    /// <param name="client">The connection.</param>
    /// <param name="method">Its name.</param>
    /// <param name="words">What stands behind it.</param>
    /// <param name="bar">Is told the progress, and cleared when there is a result.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The result, and the arguments as they went.</returns>
    public static async Task<(JsonElement Result, object Values)> RunAsync(RpcClient client, string method, CallArguments words, ProgressBar bar, CancellationToken cancellationToken)
    {
        // What the server would take otherwise than it was typed is found out when it refuses it: then the method was not run.
        // Whether there is progress is found out first, but for nobody who could not see it.
        OfferedMethod? offered = words.IsDoubtful || ProgressBar.IsSeen ? (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) : null;
        object values = words.ToValues(offered, bar);
        try
        {
            JsonElement result = await CallAsync(client, method, values, cancellationToken);
            bar.Clear();
            if (MayBeStream(result) && (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) is { Streams: true })
            {
                throw new UsageException($"'{method}' gives a stream, which was ended. Its items: trustrpc stream {method} ...");
            }

            return (result, values);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.InvalidParams)
        {
            OfferedMethod? described = offered ?? (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method);
            if (described?.Input is { IsRequired: true } stream)
            {
                throw new UsageException($"'{method}' takes a stream, '{stream.Name}'. To feed it: trustrpc stream {method} ... --input FILE");
            }

            bool isOtherwise = described is not null && (words.IsOtherwise(described) || (described.Progress is { IsRequired: true } needed && words.LeavesOut(described, needed)));
            if (offered is not null || !isOtherwise)
            {
                if (words.AsText(described) is { } text)
                {
                    throw new RpcException(e.Code, $"{e.Message} If it is meant as a text, write it as JSON: {text}", e);
                }

                throw;
            }

            values = words.ToValues(described, bar);
            return (await CallAsync(client, method, values, cancellationToken), values);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound && offered is null)
        {
            if (await Catalogue.TryAskAsync(client, cancellationToken) is not { } catalogue || catalogue.Find(method) is not null)
            {
                throw;
            }

            throw new RpcException(e.Code, catalogue.Miss(method), e);
        }
    }

    /// <summary>Sends it as a notification.</summary>
    public static async Task NotifyAsync(RpcClient client, string method, CallArguments words, CancellationToken cancellationToken)
    {
        // Nobody refuses a notification, so what may be meant otherwise is found out beforehand.
        OfferedMethod? offered = words.IsDoubtful || words.HasBareWords ? (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) : null;
        object values = words.ToValues(offered);
        await (values is object?[] positional ? client.NotifyAsync(method, positional, cancellationToken) : client.NotifyAsync(method, values, cancellationToken));
    }

    private static ValueTask<JsonElement> CallAsync(RpcClient client, string method, object values, CancellationToken cancellationToken)
        => values is object?[] positional
            ? client.CallAsync<JsonElement>(method, positional, cancellationToken)
            : client.CallAsync<JsonElement>(method, values, cancellationToken);

    private static bool MayBeStream(JsonElement result)
        => result.ValueKind == JsonValueKind.Object && (result.TryGetProperty("token", out _) || result.TryGetProperty("values", out _));
}
