namespace TrustRpc.Tests.Support;

/// <summary>The methods that the tests of streams call.</summary>
internal static class StreamMethods
{
    /// <summary>A pair whose server has them all, over the sequences given.</summary>
    public static async Task<RpcPair> OpenAsync(Sequences made, string transport, Action<RpcServerOptions>? server = null, Action<RpcClientOptions>? client = null)
    {
        RpcPair pair = await RpcPair.OpenAsync(transport, server, client);
        RpcServices services = pair.Server.Services;
        services.Add("count", made.Count);
        services.Add("lazy", IEnumerable<int> (int count) => Enumerable.Range(0, count), stream: true);
        services.Add("later", async Task<IAsyncEnumerable<int>> (int count) =>
        {
            await Task.Yield();
            return made.Count(count);
        });
        services.Add("countAndWait", (int count, CancellationToken token) => made.CountAndWait(count, token));
        services.Add("fail", (int count) => made.CountAndFail(count, new RpcException("on purpose")));
        services.Add("crash", (int count) => made.CountAndFail(count, new InvalidOperationException("the password is hunter2")));
        services.Add("sum", (IAsyncEnumerable<int> items) => SumAsync(items));
        services.Add("zip", async (IAsyncEnumerable<int> numbers, IAsyncEnumerable<string> texts) =>
        {
            List<string> both = [];
            await using IAsyncEnumerator<string> text = texts.GetAsyncEnumerator();
            await foreach (int number in numbers)
            {
                if (!await text.MoveNextAsync()) break;
                both.Add($"{number}{text.Current}");
            }

            return both;
        });
        services.Add("first", async (IAsyncEnumerable<int> items) =>
        {
            await foreach (int item in items)
                return item;
            return -1;
        });
        services.Add("refuse", async Task<int> (IAsyncEnumerable<int> items) =>
        {
            await foreach (int _ in items)
                throw new RpcException("enough");
            return 0;
        });
        services.Add("twice", (IAsyncEnumerable<int> items) => Twice(items));
        return pair;
    }

    /// <summary>Waits until no sequence is open any more on either side.</summary>
    public static async Task NothingIsLeftAsync(RpcPair pair)
    {
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 0);
        await Patience.UntilAsync(() => ((RpcClient)pair.Client).Connection.Streams.Producers.Count == 0);
    }

    /// <summary>The items, or the first of them.</summary>
    public static async Task<List<int>> ListAsync(IAsyncEnumerable<int> items, int most = int.MaxValue)
    {
        return await Core().InTime();

        async Task<List<int>> Core()
        {
            List<int> list = [];
            await foreach (int item in items)
            {
                list.Add(item);
                if (list.Count == most) break;
            }

            return list;
        }
    }

    private static async Task<int> SumAsync(IAsyncEnumerable<int> items)
    {
        int sum = 0;
        await foreach (int item in items)
            sum += item;
        return sum;
    }

    private static async IAsyncEnumerable<int> Twice(IAsyncEnumerable<int> items)
    {
        await foreach (int item in items)
            yield return 2 * item;
    }
}
