using System.Globalization;
using System.Text.Json;

namespace TrustRpc.Programs;

/// <summary>The methods that the server program offers.</summary>
internal sealed class DemoMethods : IGreeter
{
    private const double LongestTask = 3600;
    private int _greeted;

    public static void AddTo(RpcServices services)
    {
        var methods = new DemoMethods();
        services
            .Add(methods)
            .Add("greet", (string name) => $"Hello, {name}!", inline: true)
            .Add("add", (decimal a, decimal b) => a + b, inline: true)
            .Add("echo", (JsonElement value) => value, inline: true)
            .Add("long_running_task", LongRunningTaskAsync)
            .Add("fail", Fail)
            .Add("ask_back", AskBackAsync);
    }

    public Task<string> GreetAsync(string name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _greeted);
        return Task.FromResult($"Hello, {name}!");
    }

    public int Count() => Volatile.Read(ref _greeted);

    private static async Task<string> LongRunningTaskAsync(double seconds, CancellationToken cancellationToken)
    {
        if (seconds is not (>= 0 and <= LongestTask))
        {
            throw new RpcException(RpcErrorCode.InvalidParams, $"'seconds' must be from 0 to {LongestTask}.");
        }

        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"Task completed after {seconds} seconds.");
    }

    private static void Fail(string message) => throw new RpcException(message);

    private static async Task<string> AskBackAsync(string question, RpcContext context)
    {
        try
        {
            return $"You answered: {await context.CallAsync<string>("answer", [question])}";
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            throw new RpcException("You were asked back, but offer no method 'answer'.");
        }
    }
}
