using System.Runtime.CompilerServices;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Sequences that nobody reads to their end or disposes of: the collector finds them, or the time of an item is up, and their producers end.</summary>
public class ForgottenStreamTests
{
    private readonly Sequences _made = new();

    [Fact]
    public async Task A_sequence_that_is_forgotten_ends_its_producer_and_those_among_its_calls_arguments()
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");
        await Patience.OnOwnThread(() => Forget(pair.Client)).InTime();
        Assert.Equal(2, pair.ServerSide.Streams.Producers.Count);

        await Patience.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return pair.ServerSide.Streams.Producers.Count == 0;
        });

        await _made.EndedAsync();
        await _made.EndedAsync();
    }

    [Fact]
    public async Task A_token_that_lives_on_does_not_keep_an_enumeration_that_is_forgotten()
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");
        using CancellationTokenSource lives = new();
        await Patience.OnOwnThread(() => Begin(pair.Client, "count", 1_000_000, lives.Token)).InTime();

        await Patience.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return pair.ServerSide.Streams.Producers.Count == 0;
        });

        await _made.EndedAsync();
    }

    [Fact]
    public async Task An_enumeration_that_is_forgotten_while_its_next_item_is_asked_for_ends_when_the_time_of_that_item_is_up()
    {
        ManualTimeProvider time = new();
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", client: options => options.TimeProvider = time);
        await Patience.OnOwnThread(() => Begin(pair.Client, "countAndWait", 3, default)).InTime();
        await _made.WaitsAsync();
        await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
        Assert.Equal(1, pair.ServerSide.Streams.Producers.Count);

        time.Advance(TimeSpan.FromSeconds(30));

        await _made.EndedAsync();
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    // A method of its own, so that no local of its caller's remembers them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Begin(RpcCaller client, string method, int count, CancellationToken cancellationToken)
    {
        IEnumerator<int> items = client.Stream<int>(method, [count], cancellationToken).GetEnumerator();
        return items.MoveNext();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Forget(RpcCaller client)
        => client.Call<IAsyncEnumerable<int>>("countAndWait", [3]) is not null
            && client.Call<IAsyncEnumerable<int>>("twice", [_made.CountAndWait(1000)]) is not null;
}
