using System.Collections.Concurrent;

namespace TrustRpc.Connections;

/// <summary>Keeps objects of one class for another use: some for each thread, which a batch of calls takes and gives back without asking others, and a bounded number for the rest.</summary>
internal static class ObjectPool<T>
    where T : class, new()
{
    private const int MaxShared = 256;
    private const int MaxOwn = 32;

    private static readonly ConcurrentQueue<T> Shared = new();

    [ThreadStatic]
    private static Stack? _own;

    private static int _count;

    public static T Rent()
    {
        if (_own is { Count: > 0 } own)
        {
            return own.Pop();
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
        Stack own = _own ??= new Stack();
        if (own.Count < MaxOwn)
        {
            own.Push(item);
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

    private sealed class Stack
    {
        private readonly T?[] _items = new T?[MaxOwn];

        public int Count { get; private set; }

        public void Push(T item) => _items[Count++] = item;

        public T Pop()
        {
            T item = _items[--Count]!;
            _items[Count] = null;
            return item;
        }
    }
}
