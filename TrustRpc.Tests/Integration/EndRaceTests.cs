using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>A connection is closed by several at the same time.</summary>
public sealed class EndRaceTests
{
    [Fact]
    public async Task Two_who_close_a_connection_at_the_same_time_say_so_before_it_ends()
    {
        for (int round = 0; round < 1000; round++)
        {
            await using RawConversation talk = RawConversation.Start(new RpcServices());
            using Barrier start = new(2);
            Task other = Task.Run(() =>
            {
                start.SignalAndWait();
                return talk.Connection.CloseAsync();
            });
            start.SignalAndWait();
            Task one = talk.Connection.CloseAsync();

            await talk.Peer.ExpectGoAwayAndEndAsync("shutdown");
            await talk.Peer.DisposeAsync();
            await Task.WhenAll(one, other).InTime();
        }
    }
}
