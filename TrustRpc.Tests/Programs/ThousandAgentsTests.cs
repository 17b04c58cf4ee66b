using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>A server with a thousand agents, in a process of its own; the agents and a hundred subscribers are in two others, those of the benchmarks. Every figure is exact, whatever the time.</summary>
public sealed class ThousandAgentsTests
{
    private const int AgentCount = 1000;
    private const int Subscribers = 100;
    private const int Events = 10_000;
    private const int Together = 16;

    private static string[] Ids => [.. ((string[])["one", "two"]).SelectMany(process => Enumerable.Range(1, AgentCount / 2).Select(number => $"{process}-{number:0000}"))];

    [ManyFilesTheory]
    [InlineData("tcp")]
    [InlineData("unix")]
    public async Task All_are_listed_each_is_commanded_all_are_commanded_and_of_all_subscribers_only_the_one_that_stalls_misses_events(string transport)
    {
        await using Workplace place = new();
        ProgramRun server = Start(place, "role:managed", place.PathOf(""));
        ProgramRun one = Start(place, "role:agents", "one");
        ProgramRun two = Start(place, "role:agents", "two");
        string address = await AskAsync(server, $"serve file 0 {transport}");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });
        ManagementClient management = new(client);

        await Task.WhenAll(AskAsync(one, $"connect {address} {AgentCount / 2}"), AskAsync(two, $"connect {address} {AgentCount / 2}"));

        Assert.Equal(Ids, await OnlineAsync(management));
        await EachAnswersForItselfAsync(management);
        FanOutResult all = await management.SendCommandToAllAsync("who");
        Assert.Equal((true, "1000 of 1000 clients succeeded."), (all.Success, all.Message));
        Assert.Equal(Ids, all.Results.Select(result => result.ClientUuid));
        Assert.Equal(Ids, all.Results.Select(result => result.Result?.GetString()));

        await AskAsync(one, $"subscribe {address} {Subscribers / 2} 0");
        await AskAsync(two, $"subscribe {address} {Subscribers / 2} 1");
        await AskAsync(server, $"publish {Events} {Subscribers}");

        Assert.Equal(Enumerable.Repeat(Events, Subscribers / 2), await SeenAsync(one));
        Assert.Equal(Enumerable.Repeat(Events, (Subscribers / 2) - 1), await SeenAsync(two));
        var gap = JsonElement.Parse(await AskAsync(two, $"gap {Events}"));
        Assert.Equal(1, gap.GetProperty("Gaps").GetInt32());
        Assert.InRange(gap.GetProperty("Missed").GetInt64(), 1, Events - 1);
        Assert.Equal(Events, gap.GetProperty("Got").GetInt32() + gap.GetProperty("Missed").GetInt64());
        Assert.True(gap.GetProperty("Exact").GetBoolean());
    }

    // Without the one who asks, whom nobody named.
    private static async Task<string[]> OnlineAsync(ManagementClient management)
    {
        ClientList first = await management.ListClientsAsync(0, 500, online: true);
        ClientList second = await management.ListClientsAsync(1, 500, online: true);
        ClientList third = await management.ListClientsAsync(2, 500, online: true);
        Assert.Equal((AgentCount + 1, AgentCount + 1, AgentCount + 1), (first.Total, second.Total, third.Total));
        return [.. first.Clients.Concat(second.Clients).Concat(third.Clients).Select(client => client.Uuid).Where(uuid => uuid[0] != KnownClient.TemporaryPrefix)];
    }

    private static async Task EachAnswersForItselfAsync(ManagementClient management)
    {
        string[] ids = Ids;
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Together).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < ids.Length; i = Interlocked.Increment(ref next))
            {
                CommandResult result = await management.SendCommandAsync(ids[i], "who");
                Assert.Equal((true, ids[i]), (result.Success, result.Result?.GetString()));
            }
        }));
    }

    private static async Task<int[]> SeenAsync(ProgramRun process)
    {
        var seen = JsonElement.Parse(await AskAsync(process, "seen"));
        Assert.Null(seen.GetProperty("Problem").GetString());
        return [.. seen.GetProperty("Counts").EnumerateArray().Select(count => count.GetInt32())];
    }

    private static ProgramRun Start(Workplace place, params ReadOnlySpan<string> words) => place.Start(Repository.Program("TrustRpc.Benchmarks"), words);

    private static async Task<string> AskAsync(ProgramRun process, string request)
    {
        await process.TypeAsync(request);
        string answer = await process.ReadUntilAsync("");
        Assert.False(answer.StartsWith("error ", StringComparison.Ordinal), $"{request}: {answer}");
        return answer;
    }
}
