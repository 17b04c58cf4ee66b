using System.ComponentModel;
using TrustRpc;

namespace Guide;

[RpcService("stock")]
public interface IStock
{
    Task<int> CountAsync(string article, CancellationToken cancellationToken = default);

    void Add(string article, int pieces = 1);
}

internal sealed class Stock : IStock
{
    private readonly Dictionary<string, int> _pieces = [];

    [Description("How many pieces there are.")]
    public Task<int> CountAsync(string article, CancellationToken cancellationToken)
    {
        lock (_pieces)
        {
            return Task.FromResult(_pieces.GetValueOrDefault(article));
        }
    }

    public void Add(string article, int pieces)
    {
        lock (_pieces)
        {
            _pieces[article] = _pieces.GetValueOrDefault(article) + pieces;
        }
    }
}

internal static class Services
{
    public static async Task RunAsync()
    {
        await using RpcServer server = new();
        server.Services
            .Add<IStock>(new Stock())
            .Add("who", (RpcContext context) => $"{context.Peer.Name} from {context.Peer.Address}");
        await server.StartAsync("unix:services.sock");

        await using RpcClient client = await RpcClient.ConnectAsync("unix:services.sock");
        IStock stock = client.Proxy<IStock>();
        stock.Add("nuts", 3);
        int nuts = await stock.CountAsync("nuts");
        int same = await client.CallAsync<int>("stock.Count", new { article = "nuts" });

        Console.WriteLine($"{nuts} {same} {(await client.CallAsync<string>("who")).Length > 0}");
    }
}
