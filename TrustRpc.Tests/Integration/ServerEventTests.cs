using System.Collections.Concurrent;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>The events of a server's life, for programs that embed it.</summary>
public class ServerEventTests
{
    public static TheoryData<string> Transports => ["in memory", "tcp plain", "unix plain"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_connection_is_reported_when_it_comes_and_when_it_has_ended_with_the_reason(string transport)
    {
        ConcurrentQueue<string> seen = [];
        await using RpcPair pair = await RpcPair.ListenAsync(transport);
        pair.Server.ClientConnected += (_, e) => seen.Enqueue($"+{e.Connection.Peer.Name}");
        pair.Server.ClientDisconnected += (_, e) => seen.Enqueue($"-{e.Connection.Peer.Name} {e.Reason}");
        (RpcCaller client, _) = await pair.ConnectAsync();
        await client.CallAsync<int>("Add", [1, 2]).InTime();

        await RpcPair.CloseAsync(client).InTime();
        await pair.Server.StopAsync().InTime();

        Assert.Equal(["+the client", "-the client the peer said goodbye (shutdown)"], seen);
    }

    [Fact]
    public async Task A_handler_may_turn_a_client_away_in_the_handshake()
    {
        await using RpcPair pair = await RpcPair.ListenAsync("unix plain");
        pair.Server.ClientConnecting += (_, e) => e.Refusal = e.Id == "nobody" ? TrustRefusal.Busy("Not now.") : null;

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => pair.ConnectAsync(options => options.ClientId = "nobody"));
        (RpcCaller welcome, _) = await pair.ConnectAsync(options => options.ClientId = "somebody");

        Assert.Equal(TrustFailure.Busy, e.Failure);
        Assert.Contains("Not now.", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, await welcome.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Fact]
    public async Task Every_call_is_reported_when_it_has_ended_with_what_it_failed_with()
    {
        ConcurrentQueue<(string Method, RpcErrorCode Code)> seen = [];
        await using RpcPair pair = await RpcPair.ListenAsync("in memory");
        pair.Server.CallCompleted += (_, e) => seen.Enqueue((e.Method, e.Code));
        (RpcCaller client, _) = await pair.ConnectAsync();

        await client.CallAsync<int>("Add", [1, 2]).InTime();
        await Patience.UntilAsync(() => seen.Count == 1); // The answer is sent first.
        await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<int>("Add", ["one", 2]).InTime());
        await Patience.UntilAsync(() => seen.Count == 2);

        Assert.Equal([("Add", RpcErrorCode.None), ("Add", RpcErrorCode.InvalidParams)], seen);
    }

    [Fact]
    public async Task A_call_is_reported_whatever_the_clock_shows_when_it_begins()
    {
        ConcurrentQueue<string> seen = [];
        await using RpcPair pair = await RpcPair.ListenAsync("in memory", server => server.TimeProvider = new ManualTimeProvider());
        pair.Server.CallCompleted += (_, e) => seen.Enqueue($"{e.Method} {e.Duration}");
        (RpcCaller client, _) = await pair.ConnectAsync();

        await client.CallAsync<int>("Add", [1, 2]).InTime();

        await Patience.UntilAsync(() => !seen.IsEmpty);
        Assert.Equal(["Add 00:00:00"], seen);
    }

    [Fact]
    public async Task A_call_is_reported_with_the_error_that_its_caller_got_also_where_its_method_had_returned()
    {
        ConcurrentQueue<(string Method, RpcErrorCode Code)> seen = [];
        ManualTimeProvider time = new();
        await using RpcPair pair = await RpcPair.ListenAsync("in memory", server => (server.TimeProvider, server.MaxStreamsPerConnection, server.KeepAlive) = (time, 1, TimeSpan.Zero));
        pair.Server.Services.Add("loop", () => new Loop()).Add("never", () => new Sequences().CountAndWait(0));
        pair.Server.CallCompleted += (_, e) => seen.Enqueue((e.Method, e.Code));
        (RpcCaller client, _) = await pair.ConnectAsync();

        await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<object>("loop").InTime());
        await Patience.UntilAsync(() => seen.Count == 1);

        // By the client's own clock there are minutes left: what it throws is the server's answer, which has left before the method returns.
        Task late = client.CallAsync<int>("WaitForGate", [1], new RpcCallOptions { Timeout = TimeSpan.FromMinutes(5) }).AsTask();
        await pair.Methods.EnteredAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<RpcCallException>(() => late.InTime());
        pair.Methods.Open();
        await Patience.UntilAsync(() => seen.Count == 2);
        await using IAsyncEnumerator<int> open = client.StreamAsync<int>("never").GetAsyncEnumerator();
        ValueTask<bool> first = open.MoveNextAsync();
        await Patience.UntilAsync(() => seen.Count == 3);
        await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<IAsyncEnumerable<int>>("never").InTime());
        await Patience.UntilAsync(() => seen.Count == 4);

        Assert.Equal(
            [("loop", RpcErrorCode.ResultNotSendable), ("WaitForGate", RpcErrorCode.DeadlineExceeded), ("never", RpcErrorCode.None), ("never", RpcErrorCode.ResourceExhausted)],
            seen);
        Assert.False(first.IsCompleted);
        await RpcPair.CloseAsync(client);
        await Assert.ThrowsAnyAsync<RpcException>(() => first.InTime());
    }

    [Fact]
    public async Task What_nobody_had_foreseen_is_reported_with_the_id_that_the_caller_got()
    {
        TaskCompletionSource<RpcServerErrorEventArgs> reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RpcPair pair = await RpcPair.ListenAsync("in memory");
        pair.Server.Services.Add("divide", (int a, int b) => a / b);
        pair.Server.Error += (_, e) => reported.TrySetResult(e);
        (RpcCaller client, _) = await pair.ConnectAsync();

        RpcCallException failure = await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<int>("divide", [1, 0]).InTime());

        RpcServerErrorEventArgs error = await reported.Task.InTime();
        Assert.Equal(failure.ErrorId, error.ErrorId);
        Assert.IsType<DivideByZeroException>(error.Exception);
        Assert.Equal("the client", error.Peer?.Name);
    }

    [Fact]
    public async Task The_stages_come_in_order_and_stopping_waits_for_what_is_still_to_be_done()
    {
        ConcurrentQueue<string> seen = [];
        TaskCompletionSource closing = new();
        RpcPair pair = await RpcPair.ListenAsync("unix plain");
        pair.Server.Started += (_, _) => seen.Enqueue("started");
        pair.Server.Stopping += (_, _) => seen.Enqueue("stopping");
        pair.Server.ClientDisconnected += (_, _) => seen.Enqueue("disconnected");
        pair.Server.Stopped += (_, e) =>
        {
            seen.Enqueue("stopped");
            e.WaitFor(closing.Task);
        };
        await pair.Server.StartAsync("tcp://127.0.0.1:0");
        await pair.ConnectAsync();
        await Patience.UntilAsync(() => pair.Server.Connections.Count == 1);

        Task stopping = pair.Server.StopAsync();
        await Patience.UntilAsync(() => seen.Contains("stopped"));
        Assert.False(stopping.IsCompleted);
        closing.SetResult();
        await stopping.InTime();
        await pair.DisposeAsync();

        Assert.Equal(["started", "stopping", "disconnected", "stopped"], seen);
    }

    [Fact]
    public async Task A_handler_that_throws_holds_up_nothing_and_is_reported()
    {
        ConcurrentQueue<string> errors = [];
        await using RpcPair pair = await RpcPair.ListenAsync("in memory");
        int connected = 0;
        pair.Server.ClientConnected += (_, _) => throw new InvalidOperationException("broken handler");
        pair.Server.ClientConnected += (_, _) => connected++;
        pair.Server.Error += (_, _) => throw new InvalidOperationException("even this one");
        pair.Server.Error += (_, e) => errors.Enqueue($"{e.Message} {e.Exception.Message}");

        (RpcCaller client, _) = await pair.ConnectAsync();

        Assert.Equal(3, await client.CallAsync<int>("Add", [1, 2]).InTime());
        Assert.Equal(1, connected);
        Assert.Equal(["A handler of ClientConnected failed. broken handler"], errors);
    }

    [Theory]
    [InlineData("connected")]
    [InlineData("disconnected")]
    [InlineData("stopping")]
    [InlineData("stopped")]
    [InlineData("completed")]
    public async Task A_handler_of_any_event_may_dispose_the_server_and_wait_for_that(string where)
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource handled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ManualTimeProvider time = new();
        time.Advance(TimeSpan.FromSeconds(1));
        RpcPair pair = await RpcPair.ListenAsync("unix plain", server => server.TimeProvider = time);
        pair.Server.Stopped += (_, _) => stopped.TrySetResult();
        pair.Server.ClientConnected += (_, _) => Dispose("connected");
        pair.Server.ClientDisconnected += (_, _) => Dispose("disconnected");
        pair.Server.Stopping += (_, _) => Dispose("stopping");
        pair.Server.Stopped += (_, _) => Dispose("stopped");
        pair.Server.CallCompleted += (_, _) => Dispose("completed");
        (RpcCaller client, _) = await pair.ConnectAsync();
        Task call = Task.Run(async () => await client.CallAsync<int>("Add", [1, 2]));
        if (where is "disconnected" or "stopping" or "stopped")
        {
            await call.InTime();
            _ = where is "disconnected" ? RpcPair.CloseAsync(client).AsTask() : pair.Server.StopAsync();
        }

        await begun.Task.InTime();
        await Patience.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2)); // What is still waited for from a client that nobody reads.
            return handled.Task.IsCompleted && stopped.Task.IsCompleted;
        });

        await Task.WhenAny(call).InTime(); // Answered or not.
        await pair.DisposeAsync();

        void Dispose(string here)
        {
            if (here == where)
            {
                begun.TrySetResult();
                pair.Server.Dispose();
                handled.TrySetResult();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Closing_a_connection_with_a_reason_tells_it_to_both_ends(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        await pair.ServerSide.CloseAsync("The room is being cleaned.").InTime();

        Assert.Equal("this side closed it: The room is being cleaned", await pair.ServerSide.Closed.InTime());
        Assert.Equal("the peer said goodbye (shutdown: The room is being cleaned)", await pair.ClientClosed.InTime());
        Assert.Throws<ArgumentException>(() => { _ = pair.ServerSide.CloseAsync(" "); });
    }

    private sealed class Loop
    {
        public Loop Again => this;
    }
}
