namespace TrustRpc.Connections;

/// <summary>
/// Something that happens once in a connection's life and that few wait for: the task is made for whoever first asks for it. Thread-safe; a mutable structure, to be a field and never copied.
/// </summary>
/// <param name="options">How those go on who wait for it.</param>
internal struct LazyCompletion<T>(TaskCreationOptions options)
{
    /// <summary>Null = neither has it happened nor has anybody asked; a source = somebody has; a task = it has happened, unasked.</summary>
    private object? _state;

    /// <summary>Completes when it happens.</summary>
    public Task<T> Task
    {
        get
        {
            object state = Volatile.Read(ref _state) ?? Asked();
            return state as Task<T> ?? ((TaskCompletionSource<T>)state).Task;
        }
    }

    /// <summary>It happens: the first result counts.</summary>
    public void TrySetResult(T result)
    {
        object? state = Volatile.Read(ref _state) ?? Interlocked.CompareExchange(ref _state, System.Threading.Tasks.Task.FromResult(result), null);
        (state as TaskCompletionSource<T>)?.TrySetResult(result);
    }

    private object Asked()
    {
        TaskCompletionSource<T> source = new(options);
        return Interlocked.CompareExchange(ref _state, source, null) ?? source;
    }
}
