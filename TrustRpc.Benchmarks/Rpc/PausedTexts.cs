#if TRUSTRPC_API
using System.Diagnostics;
using System.Globalization;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>Texts whose producer pauses before each, which says when it was made: both processes read one and the same clock.</summary>
internal static class PausedTexts
{
    internal const string Method = "paused_texts";
    internal const string OneMethod = "text_of_now";

    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    internal static async IAsyncEnumerable<string> Make(int characters)
    {
        while (true)
        {
            await Task.Delay(Pause);
            yield return Now(characters);
        }
    }

    internal static string Now(int characters) => Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture).PadRight(characters);

    internal static long MadeAt(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
#endif
