using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TrustRpc.Tests.Support;

/// <summary>The methods that the tests of whole connections call: one for each thing that a method can do.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A method may still be using them when its connection is gone; none holds a handle.")]
internal sealed class Specimen
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _entered = new(0);
    private int _begun;
    private int _running;
    private int _mostRunning;

    /// <summary>The most calls of <see cref="WaitForGate"/> that ran at once.</summary>
    public int MostRunning => Volatile.Read(ref _mostRunning);

    /// <summary>How often a method has begun to wait.</summary>
    public int Begun => Volatile.Read(ref _begun);

    public List<string> Notes { get; } = [];

    public SemaphoreSlim Noted { get; } = new(0);

    /// <summary>Released when a method saw its token fire.</summary>
    public SemaphoreSlim SawCancellation { get; } = new(0);

    /// <summary>Lets every method go that waits for the gate, or will.</summary>
    public void Open()
    {
        _gate.Set();
        _opened.TrySetResult();
    }

    /// <summary>Waits until so many methods have begun to wait.</summary>
    public async Task EnteredAsync(int count = 1)
    {
        for (int i = 0; i < count; i++)
            Assert.True(await _entered.WaitAsync(Patience.Limit), $"Only {i} of {count} methods have begun.");
    }

    [RpcMethod]
    public string Greet(string name) => $"Hello, {name}!";

    [RpcMethod]
    public int Add(int a, int b = 10) => a + b;

    [RpcMethod]
    public JsonElement Echo(JsonElement value) => value;

    [RpcMethod]
    public async Task<string> GreetLater(string name)
    {
        await Task.Yield();
        return Greet(name);
    }

    [RpcMethod]
    public async ValueTask<int> AddLater(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    [RpcMethod]
    public async Task Nothing() => await Task.Yield();

    [RpcMethod]
    public string? Null() => null;

    [RpcMethod]
    public void Note(string text)
    {
        lock (Notes)
        {
            Notes.Add(text);
        }

        Noted.Release();
    }

    /// <summary>Blocks its thread, as a method may.</summary>
    [RpcMethod]
    public int Block(int value)
    {
        Enter();
        _gate.Wait();
        return value;
    }

    [RpcMethod]
    public async Task<int> WaitForGate(int value)
    {
        int running = Interlocked.Increment(ref _running);
        InterlockedMax(ref _mostRunning, running);
        Enter();
        await _opened.Task;
        Interlocked.Decrement(ref _running);
        return value;
    }

    [RpcMethod]
    public async Task<string> WaitForCancellation(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            SawCancellation.Release();
        }

        return "never";
    }

    [RpcMethod]
    public string Fail(string message) => throw new RpcException(message);

    [RpcMethod]
    public string FailWith(int code, string message) => throw new RpcException((RpcErrorCode)code, message) { ErrorData = JsonElement.Parse("""{"tries":3}""") };

    [RpcMethod]
    public async Task<string> FailLater(string message)
    {
        await Task.Yield();
        throw new RpcException(message);
    }

    [RpcMethod]
    public int Crash() => throw new InvalidOperationException("the password is hunter2");

    [RpcMethod]
    public object Loop()
    {
        List<object> list = [];
        list.Add(list);
        return list;
    }

    [RpcMethod]
    public string Long(int length) => new('x', length);

    [RpcMethod]
    public object Unspeakable() => typeof(Specimen);

    [RpcMethod]
    public string Who(RpcContext context) => $"{context.Peer.Name} {context.Peer.Mode} {context.Method}";

    /// <summary>Calls back and forth, as deep as it is told.</summary>
    [RpcMethod]
    public async Task<int> Down(int depth, RpcContext context)
        => depth == 0 ? 0 : 1 + await context.CallAsync<int>("Down", [depth - 1]);

    [RpcMethod]
    public int DownBlocking(int depth, RpcContext context)
        => depth == 0 ? 0 : 1 + context.Call<int>("DownBlocking", [depth - 1]);

    private void Enter()
    {
        Interlocked.Increment(ref _begun);
        _entered.Release();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is int now && now != seen)
            seen = now;
    }
}
