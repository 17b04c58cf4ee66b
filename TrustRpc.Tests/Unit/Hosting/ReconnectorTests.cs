using TrustRpc.Hosting;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Hosting;

public sealed class ReconnectorTests
{
    [Fact]
    public async Task Who_meets_the_end_of_a_connection_before_it_was_noticed_here_is_told_of_that_end()
    {
        await using RestartableServer server = new RestartableServer(_ => { }).Start();
        FallbackDialer dialer = new([server.Target(new RpcClientOptions())], TimeProvider.System);

        await using Reconnector reconnector = new(
            await dialer.ConnectAsync(default), new Redialer(dialer, new RpcReconnectOptions(), TimeProvider.System), new ClientStates(() => false, _ => { }));

        Assert.Equal("the connection has just ended: connecting again.", reconnector.Reason);
    }
}
