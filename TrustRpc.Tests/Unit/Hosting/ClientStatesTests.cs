using System.Collections.Concurrent;
using TrustRpc.Hosting;

namespace TrustRpc.Tests.Unit.Hosting;

public class ClientStatesTests
{
    [Fact]
    public async Task Changes_are_announced_in_order_and_one_at_a_time_also_where_a_handler_blocks_or_throws()
    {
        BlockingCollection<RpcClientState> announced = [];
        using ManualResetEventSlim go = new();
        int inside = 0;
        ClientStates states = new(() => true, change =>
        {
            Assert.Equal(1, Interlocked.Increment(ref inside));
            go.Wait();
            Interlocked.Decrement(ref inside);
            announced.Add(change.State);
            throw new InvalidOperationException("a handler's own fault");
        });

        states.Change(RpcClientState.Reconnecting, "a");
        states.Change(RpcClientState.Connected, "b");
        states.Change(RpcClientState.Closed, "c");
        Assert.Equal(RpcClientState.Closed, states.State);
        go.Set();

        RpcClientState[] three = await Task.Run(() => Enumerable.Range(0, 3).Select(_ => announced.Take()).ToArray());
        Assert.Equal([RpcClientState.Reconnecting, RpcClientState.Connected, RpcClientState.Closed], three);
    }

    [Fact]
    public void A_closed_client_changes_no_more_and_no_state_is_announced_twice_in_a_row()
    {
        ClientStates states = new(() => true, _ => { });

        states.Change(RpcClientState.Connected, "it is already");
        states.Change(RpcClientState.Closed, "over");
        states.Change(RpcClientState.Reconnecting, "too late");

        Assert.Equal(RpcClientState.Closed, states.State);
    }
}
