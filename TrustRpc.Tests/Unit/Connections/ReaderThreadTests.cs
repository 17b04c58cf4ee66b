using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

/// <summary>The threads that are lent to connections are those of the whole process: nothing else runs meanwhile.</summary>
[Collection(Alone.Name)]
public sealed class ReaderThreadTests
{
    [UnixFact]
    public async Task A_thread_that_takes_the_place_of_one_that_is_stuck_is_lent_as_that_was()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        await Patience.UntilAsync(() => ReaderThread.Lent == 1);

        Task<int> stuck = pair.Client.CallAsync<int>("Block", [7]).AsTask();
        await pair.Methods.EnteredAsync();
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        await Patience.UntilAsync(() => ReaderThread.Lent == 2);
        pair.Methods.Open();
        Assert.Equal(7, await stuck.InTime());

        await Patience.UntilAsync(() => ReaderThread.Lent == 1);
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        await RpcPair.CloseAsync(pair.Client).InTime();
        await Patience.UntilAsync(() => ReaderThread.Lent == 0);
    }
}
