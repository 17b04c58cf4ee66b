using System.Runtime.CompilerServices;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

/// <summary>How often a subscription that resumes asks a server that ends it.</summary>
public sealed class ResumingSubscriptionTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SemaphoreSlim _ends = new(0);

    [Fact]
    public async Task A_server_that_ends_subscriptions_as_soon_as_they_begin_is_asked_less_and_less_often_until_one_has_lived_a_while()
    {
        TrustId secret = TrustId.Generate();
        await using RpcServer server = new(new RpcServerOptions { TrustId = secret });
        server.Services.Add("Subscribe", (RpcArguments arguments, CancellationToken cancellationToken) => GreetAsync(cancellationToken));
        using DuplexPair pair = DuplexPair.Create();
        Task<RpcConnection> accepting = server.AcceptAsync(pair.First);
        await using RpcClient client = await RpcClient.ConnectAsync(pair.Second, new RpcClientOptions { TrustId = secret }).InTime();
        await accepting.InTime();
        using CancellationTokenSource stop = new();
        await using IAsyncEnumerator<ServerEvent> events = new ResumingSubscription(client, null, null, _clock).EventsAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await events.MoveNextAsync().InTime());

        foreach (int pause in (int[])[50, 100, 200, 400, 800, 1600, 2000, 2000])
            await EndAndResumeAsync(events, TimeSpan.Zero, pause);
        await EndAndResumeAsync(events, life: TimeSpan.FromMinutes(1), pause: 50);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => events.MoveNextAsync().InTime());
    }

    // Reads the first event of the next subscription: this one has begun for the client then.
    private async Task EndAndResumeAsync(IAsyncEnumerator<ServerEvent> events, TimeSpan life, int pause)
    {
        _clock.Advance(life);
        Task<bool> reading = events.MoveNextAsync().AsTask();
        _ends.Release();
        await PauseAsync(pause);
        Assert.True(await reading.InTime());
    }

    private async Task PauseAsync(int milliseconds)
    {
        await _clock.WhenDueAfter(TimeSpan.FromMilliseconds(milliseconds)).InTime();
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
    }

    private async IAsyncEnumerable<object> GreetAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new { event_type = ServerEventType.Heartbeat, timestamp = 1, sequence = 1 };
        yield return new { event_type = "tick", timestamp = 1, sequence = 2 };
        await _ends.WaitAsync(cancellationToken);
    }
}
