using System.Globalization;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Support;

/// <summary>A caller without a connection: it writes down each call and answers with what it was told to.</summary>
internal sealed class RecordingCaller : RpcCaller
{
    public object? Answer { get; set; }

    /// <summary>The calls made, such as <c>sync add(1, 2)</c>.</summary>
    public List<string> Calls { get; } = [];

    public CancellationToken Token { get; private set; }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        Record<T>("async", method, arguments, cancellationToken);
        return Answer is Exception e ? ValueTask.FromException<T>(e) : ValueTask.FromResult((T)Answer!);
    }

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        Record<T>("sync", method, arguments, cancellationToken);
        return Answer is Exception e ? throw e : (T)Answer!;
    }

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    private void Record<T>(string how, string method, CallArguments arguments, CancellationToken token)
    {
        string given = string.Join(", ", arguments.Positional.ToArray().Select(a => Convert.ToString(a, CultureInfo.InvariantCulture) is { Length: > 0 } s ? s : "null"));
        Calls.Add($"{how} {method}({given}) as {typeof(T).Name}");
        Token = token;
    }
}
