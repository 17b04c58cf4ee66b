#if TRUSTRPC_API
namespace TrustRpc.Benchmarks.Rpc;

/// <summary>A small record, as services send them by the thousand.</summary>
internal sealed record Reading(int Id, string Name, double Value);

/// <summary>Sequences without end, and the methods that make and take them.</summary>
internal static class StreamItems
{
    private const int ChunkSize = 64 * 1024;

    internal static void AddTo(RpcServices services)
    {
        services.Add("texts", (int characters) => Texts(characters, () => false));
        services.Add("records", (int characters) => Records(() => false));
        services.Add("chunks", (int characters) => Chunks());
        services.Add(PausedTexts.OneMethod, (string text) => PausedTexts.Now(text.Length));
        services.Add(PausedTexts.Method, (int characters) => PausedTexts.Make(characters));
        services.Add("take_texts", (IAsyncEnumerable<string> items) => CountAsync(items));
        services.Add("take_records", (IAsyncEnumerable<Reading> items) => CountAsync(items));
        services.Add("echo_texts", (IAsyncEnumerable<string> items) => PassOn(items));
        services.Add("echo_records", (IAsyncEnumerable<Reading> items) => PassOn(items));
    }

    internal static async IAsyncEnumerable<string> Texts(int characters, Func<bool> stop)
    {
        var text = new string('x', characters);
        while (!stop())
            yield return text;
        await Task.CompletedTask;
    }

    internal static async IAsyncEnumerable<Reading> Records(Func<bool> stop)
    {
        for (var i = 0; !stop(); i++)
            yield return new Reading(i, "temperature", i * 0.5);
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<byte[]> Chunks()
    {
        var chunk = new byte[ChunkSize];
        Random.Shared.NextBytes(chunk);
        await Task.CompletedTask;
        while (true)
            yield return chunk;
    }

    internal static async Task<long> CountAsync<T>(IAsyncEnumerable<T> items)
    {
        long count = 0;
        await foreach (var item in items)
            count += item is null ? 0 : 1;
        return count;
    }

    private static async IAsyncEnumerable<T> PassOn<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var item in items)
            yield return item;
    }
}
#endif
