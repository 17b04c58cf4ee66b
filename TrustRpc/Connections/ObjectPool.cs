using System.Collections.Concurrent;

namespace TrustRpc.Connections;

/// <summary>Keeps objects of one class for another use: one for the thread at hand, a bounded number for the rest.</summary>
internal static class ObjectPool<T>
    where T : class, new()
{
    private const int MaxShared = 256;

    private static readonly ConcurrentQueue<T> s_shared = new();

    [ThreadStatic]
    private static T? s_own;

    private static int s_count;

    public static T Rent()
    {
        if (s_own is { } own)
        {
            s_own = null;
            return own;
        }

        if (s_shared.TryDequeue(out T? shared))
        {
            Interlocked.Decrement(ref s_count);
            return shared;
        }

        return new T();
    }

    public static void Return(T item)
    {
        if (s_own is null)
        {
            s_own = item;
        }
        else if (Interlocked.Increment(ref s_count) <= MaxShared)
        {
            s_shared.Enqueue(item);
        }
        else
        {
            Interlocked.Decrement(ref s_count);
        }
    }
}
