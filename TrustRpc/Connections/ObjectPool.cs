using System.Collections.Concurrent;

namespace TrustRpc.Connections;

/// <summary>Keeps objects of one class for another use: one for the thread at hand, a bounded number for the rest.</summary>
internal static class ObjectPool<T>
    where T : class, new()
{
    private const int MaxShared = 256;

    private static readonly ConcurrentQueue<T> Shared = new();

    [ThreadStatic]
    private static T? _own;

    private static int _count;

    public static T Rent()
    {
        if (_own is { } own)
        {
            _own = null;
            return own;
        }

        if (Shared.TryDequeue(out T? shared))
        {
            Interlocked.Decrement(ref _count);
            return shared;
        }

        return new T();
    }

    public static void Return(T item)
    {
        if (_own is null)
        {
            _own = item;
        }
        else if (Interlocked.Increment(ref _count) <= MaxShared)
        {
            Shared.Enqueue(item);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
