using TrustRpc.Programs;

namespace TrustRpc.Client.Demo;

/// <summary>Every kind of call and of error over one endpoint.</summary>
internal sealed class Demonstration(RpcEndpoint endpoint, TrustId trustId, Report report, CancellationToken cancellationToken)
{
    private const int ManyCalls = 1000;
    private const int ManyItems = 10_000;

    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(0.05);

    public async Task RunAsync()
    {
        RpcClient? connected = null;
        report.Transport(endpoint);
        RpcClientOptions options = new() { TrustId = trustId, ClientName = "demonstration" };
        options.Services.Add("answer", (string question) => $"'{question}' Ada.");
        await report.StepAsync("connect, prove, be proven to", async () =>
        {
            connected = await RpcClient.ConnectAsync(endpoint, options, cancellationToken);
            string mode = connected.Server.Mode == HandshakeMode.Sealed ? "sealed" : "plain";
            return $"{mode}, server '{connected.Server.Name}', session {connected.Server.Session[..8]}…";
        });
        if (connected is not { } client)
        {
            return;
        }

        await using (client)
        {
            await ShowCallsAsync(client);
            await ShowStreamsAsync(client);
            await ShowErrorsAsync(client);
        }

        await report.StepAsync("another TRUST_ID", RefusedAsync);
    }

    private async Task ShowCallsAsync(RpcClient client)
    {
        await report.StepAsync("three calls at once", () => ThreeAtOnceAsync(client));
        await report.StepAsync($"{ManyCalls:N0} calls at once", () => ManyAtOnceAsync(client));
        await report.StepAsync("a blocking call", () => Task.FromResult($"greet(\"Bob\") → {client.Call<string>("greet", ["Bob"], cancellationToken)}"));
        await report.StepAsync("arguments by name", async ()
            => $"add(b: 2, a: 40) → {await client.CallAsync<int>("add", new { b = 2, a = 40 }, cancellationToken)}");
        await report.StepAsync("a typed proxy", () => ProxyAsync(client));
        await report.StepAsync("the server calls back", async ()
            => await client.CallAsync<string>("ask_back", ["Who is there?"], cancellationToken));
    }

    private async Task ShowStreamsAsync(RpcClient client)
    {
        await report.StepAsync("a stream from the server", () => CountAsync(client));
        await report.StepAsync("a stream to the server", async ()
            => $"sum(1, 2, … {ManyItems:N0}) → {await client.CallAsync<int>("sum", [AsyncEnumerable.Range(1, ManyItems)], cancellationToken):N0}");
        await report.StepAsync("streams both ways", () => RunningTotalAsync(client));
        await report.StepAsync("progress on the way", () => ProgressAsync(client));
    }

    private async Task ShowErrorsAsync(RpcClient client)
    {
        await report.StepAsync("an unknown method", () => FailsAsync(client, RpcErrorCode.MethodNotFound, "no_such_method"));
        await report.StepAsync("a wrong parameter", () => FailsAsync(client, RpcErrorCode.InvalidParams, "greet", 42));
        await report.StepAsync("an error of the application", () => FailsAsync(client, RpcErrorCode.ApplicationError, "fail", "The kettle is empty."));
        await report.StepAsync("a cancelled call", () => CancelledAsync(client));
        await report.StepAsync("a deadline", () => TimeIsUpAsync(client));
    }

    private async Task<string> ThreeAtOnceAsync(RpcClient client)
    {
        Task<string> slow = client.CallAsync<string>("long_running_task", [0.1], cancellationToken).AsTask();
        Task<string> greeting = client.CallAsync<string>("greet", ["Ada"], cancellationToken).AsTask();
        Task<int> sum = client.CallAsync<int>("add", [2, 40], cancellationToken).AsTask();
        return $"{await greeting} · 2 + 40 = {await sum} · {await slow}";
    }

    private async Task<string> ManyAtOnceAsync(RpcClient client)
    {
        Task<int>[] calls = new Task<int>[ManyCalls];
        for (int i = 0; i < calls.Length; i++)
        {
            calls[i] = client.CallAsync<int>("echo", [i], cancellationToken).AsTask();
        }

        int[] answers = await Task.WhenAll(calls);
        for (int i = 0; i < answers.Length; i++)
        {
            Expect(answers[i] == i, $"call {i} got the answer {answers[i]}");
        }

        return "each got its own answer";
    }

    private async Task<string> ProxyAsync(RpcClient client)
    {
        IGreeter greeter = client.Proxy<IGreeter>();
        string greeting = await greeter.GreetAsync("Grace", cancellationToken);
        return $"IGreeter.GreetAsync(\"Grace\") → {greeting} · Count() → {greeter.Count()}";
    }

    private async Task<string> CountAsync(RpcClient client)
    {
        int items = 0;
        await foreach (int item in client.StreamAsync<int>("count", [int.MaxValue], cancellationToken))
        {
            Expect(item == ++items, $"item {items} is {item}");
            if (items == ManyItems)
            {
                break;
            }
        }

        return $"count({int.MaxValue:N0}) was left after {items:N0} items; its producer has ended too";
    }

    private async Task<string> RunningTotalAsync(RpcClient client)
    {
        decimal[] totals = await client
            .StreamAsync<decimal>("running_total", [AsyncEnumerable.Range(1, 5)], cancellationToken)
            .ToArrayAsync(cancellationToken);
        Expect(totals is [1, 3, 6, 10, 15], $"the totals are {string.Join(", ", totals)}");
        return $"running_total(1, 2, 3, 4, 5) → {string.Join(", ", totals)}";
    }

    private async Task<string> ProgressAsync(RpcClient client)
    {
        Reports reports = new();
        string result = await client.CallAsync<string>("work", [3, reports], cancellationToken);
        Expect(reports is [1, 2, 3], $"the reports are {string.Join(", ", reports)}");
        return $"work(3) reports {string.Join(", ", reports)} → {result}";
    }

    private async Task<string> TimeIsUpAsync(RpcClient client)
    {
        try
        {
            await client.CallAsync("long_running_task", [60], new RpcCallOptions { Timeout = ShortTime }, cancellationToken);
        }
        catch (RpcCallException e) when (e.InnerException is TimeoutException)
        {
            return $"{(int)e.Code} {e.Code}: {e.Message}";
        }

        throw new InvalidOperationException("The call came back all the same.");
    }

    private async Task<string> FailsAsync(RpcClient client, RpcErrorCode expected, string method, params object?[] arguments)
    {
        try
        {
            await client.CallAsync(method, arguments, cancellationToken);
        }
        catch (RpcCallException e)
        {
            Expect(e.Code == expected, $"the code is {e.Code}, not {expected}: {e.Message}");
            return $"{(int)e.Code} {e.Code}: {e.Message}";
        }

        throw new InvalidOperationException($"'{method}' did not fail.");
    }

    private static async Task<string> CancelledAsync(RpcClient client)
    {
        using CancellationTokenSource giveUp = new();
        Task<string> call = client.CallAsync<string>("long_running_task", [60], giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        try
        {
            await call;
        }
        catch (OperationCanceledException)
        {
            return "long_running_task(60) was given up; the connection is fine";
        }

        throw new InvalidOperationException("The call came back all the same.");
    }

    private async Task<string> RefusedAsync()
    {
        try
        {
            RpcClientOptions options = new() { TrustId = TrustId.Generate(), ClientName = "demonstration" };
            await using RpcClient client = await RpcClient.ConnectAsync(endpoint, options, cancellationToken);
        }
        catch (TrustException e)
        {
            Expect(e.Failure == TrustFailure.SecretDiffers, $"{e.Failure}: {e.Message}");
            return $"refused ({e.Failure}): TRUST_ID differs from the server's";
        }

        throw new InvalidOperationException("The server took a client with another secret.");
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    // In order and before the call ends, unlike Progress<T>, which hands each report to the thread pool.
    private sealed class Reports : List<int>, IProgress<int>
    {
        public void Report(int value) => Add(value);
    }
}
