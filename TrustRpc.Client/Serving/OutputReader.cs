using System.Runtime.CompilerServices;
using System.Text;

namespace TrustRpc.Client.Serving;

/// <summary>Reads what a process prints, and holds no more of it than it is told to.</summary>
internal static class OutputReader
{
    private const int ChunkSize = 16 * 1024;

    /// <summary>All of it; null where it is more than that.</summary>
    public static async Task<byte[]?> AllAsync(Stream output, int most, CancellationToken cancellationToken)
    {
        using MemoryStream all = new();
        byte[] chunk = new byte[ChunkSize];
        while (await ReadAsync(output, chunk, cancellationToken) is > 0 and var count)
        {
            if (all.Length + count > most)
            {
                return null;
            }

            all.Write(chunk, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Line by line; a line that is longer than that comes in parts.</summary>
    public static async IAsyncEnumerable<byte[]> LinesAsync(Stream output, int longest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] held = new byte[longest];
        int end = 0;
        while (await ReadAsync(output, held.AsMemory(end), cancellationToken) is > 0 and var count)
        {
            end += count;
            int start = 0;
            while (held.AsSpan(start, end - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return held[start..(start + length)];
                start += length + 1;
            }

            if (start == 0 && end == longest)
            {
                yield return held;
                start = end;
            }

            held.AsSpan(start, end - start).CopyTo(held);
            end -= start;
        }

        if (end > 0)
        {
            yield return held[..end];
        }
    }

    /// <summary>The end of it as text, as much as fits.</summary>
    public static async Task<string> LastAsync(Stream output, int most)
    {
        byte[] held = new byte[2 * most];
        int end = 0;
        try
        {
            while (await output.ReadAsync(held.AsMemory(end)) is > 0 and var count)
            {
                end += count;
                if (end > most)
                {
                    held.AsSpan(end - most, most).CopyTo(held);
                    end = most;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Ended by us.
        }

        return Encoding.UTF8.GetString(held, 0, end);
    }

    // Reading from a process cannot be given up on every system; the read then ends with the process.
    private static Task<int> ReadAsync(Stream output, Memory<byte> buffer, CancellationToken cancellationToken)
        => output.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken);
}
