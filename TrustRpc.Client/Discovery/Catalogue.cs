using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Discovery;

/// <summary>What a server says that it offers: its answer to <c>rpc.discover</c>.</summary>
internal sealed class Catalogue
{
    private const int LongestShown = 100;
    private const string AsyncEnding = "Async";

    private Catalogue(JsonElement document)
        => Methods = [.. document.GetProperty("methods").EnumerateArray().Select(page => new OfferedMethod(page, document))];

    public IReadOnlyList<OfferedMethod> Methods { get; }

    /// <exception cref="RpcException">It could not be asked, or does not say.</exception>
    public static async Task<Catalogue> AskAsync(RpcClient client, CancellationToken cancellationToken)
    {
        try
        {
            return new Catalogue(await client.CallAsync<JsonElement>("rpc.discover", cancellationToken: cancellationToken));
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            throw new RpcException(e.Code, $"'{client.Server.Name}' does not say what it offers (rpc.discover). Whoever knows its methods can call them all the same.", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new IOException("The server's answer to rpc.discover is no OpenRPC document.", e);
        }
    }

    /// <summary>Null where the server does not say: one that knows no discovery can still be called.</summary>
    public static async Task<Catalogue?> TryAskAsync(RpcClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(client, cancellationToken);
        }
        catch (Exception e) when (e is (RpcException and not RpcConnectionException) or IOException)
        {
            return null;
        }
    }

    /// <summary>Null where there is none of that name, nor, as the server looks it up, of that name without <c>Async</c>.</summary>
    public OfferedMethod? Find(string name)
        => Exactly(name) ?? (name.EndsWith(AsyncEnding, StringComparison.Ordinal) ? Exactly(name[..^AsyncEnding.Length]) : null);

    /// <summary>What to tell somebody who asks for a method that is not there.</summary>
    public string Miss(string name)
    {
        string shown = name.Length <= LongestShown ? name : name[..LongestShown] + "...";
        return Nearest.To(shown, Methods.Select(method => method.Name)) is { } near
            ? $"There is no method '{shown}' here; did you mean '{near}'?"
            : $"There is no method '{shown}' here. See: trustrpc methods";
    }

    private OfferedMethod? Exactly(string name) => Methods.FirstOrDefault(method => method.Name == name);
}
