using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class CommandTimeTests
{
    [Fact]
    public void A_call_that_is_sent_again_says_what_is_left_of_its_time()
    {
        ManualTimeProvider clock = new();
        object?[] arguments = ["7", "print", null, new CommandTime(TimeSpan.FromSeconds(10), clock)];
        List<string> sent = [];
        foreach (double seconds in (double[])[0, 4, 5.9995, 20])
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            sent.Add(JsonSerializer.Serialize(arguments));
        }

        Assert.Equal(["""["7","print",null,10000]""", """["7","print",null,6000]""", """["7","print",null,1]""", """["7","print",null,1]"""], sent);
    }
}
