using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TrustRpc.Programs;

/// <summary>The methods that the server program offers.</summary>
internal sealed class DemoMethods : IGreeter
{
    private const double LongestTask = 3600;
    private const int MostSteps = 10_000;

    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(5);

    private int _greeted;

    public static void AddTo(RpcServices services)
    {
        var methods = new DemoMethods();
        services
            .Add(methods)
            .Add("greet", [Description("Greets someone by name.")] (string name) => $"Hello, {name}!", inline: true)
            .Add("add", [Description("Adds two numbers.")] (decimal a, decimal b) => a + b, inline: true)
            .Add("echo", [Description("Gives back what it is given.")] (JsonElement value) => value, inline: true)
            .Add("long_running_task", LongRunningTaskAsync)
            .Add("count", [Description("Counts from 1 to a number.")] (int n) => AsyncEnumerable.Range(1, Math.Max(0, n)))
            .Add("sum", [Description("Adds up a stream of numbers.")] (IAsyncEnumerable<decimal> numbers, CancellationToken cancellationToken) => numbers.SumAsync(cancellationToken))
            .Add("running_total", RunningTotalAsync)
            .Add("work", WorkAsync)
            .Add("fail", Fail)
            .Add("ask_back", AskBackAsync);
    }

    public Task<string> GreetAsync(string name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _greeted);
        return Task.FromResult($"Hello, {name}!");
    }

    public int Count() => Volatile.Read(ref _greeted);

    [Description("Takes so many seconds, and can be cancelled meanwhile.")]
    private static async Task<string> LongRunningTaskAsync(double seconds, CancellationToken cancellationToken)
    {
        if (seconds is not (>= 0 and <= LongestTask))
        {
            throw new RpcException(RpcErrorCode.InvalidParams, $"'seconds' must be from 0 to {LongestTask}.");
        }

        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"Task completed after {seconds} seconds.");
    }

    [Description("The sum so far, for each number of a stream.")]
    private static async IAsyncEnumerable<decimal> RunningTotalAsync(
        IAsyncEnumerable<decimal> numbers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        decimal total = 0;
        await foreach (decimal number in numbers.WithCancellation(cancellationToken))
        {
            yield return total += number;
        }
    }

    [Description("Works in steps of 5 ms and reports each.")]
    private static async Task<string> WorkAsync(int steps, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        if (steps is not (>= 0 and <= MostSteps))
        {
            throw new RpcException(RpcErrorCode.InvalidParams, $"'steps' must be from 0 to {MostSteps}.");
        }

        for (int step = 1; step <= steps; step++)
        {
            await Task.Delay(StepTime, cancellationToken);
            progress?.Report(step);
        }

        return $"{steps} steps done.";
    }

    [Description("Fails with the message that it is given.")]
    private static void Fail(string message) => throw new RpcException(message);

    [Description("Calls its caller's method 'answer', and says what that said.")]
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
