using TrustRpc.Connections;

namespace TrustRpc.Hosting;

/// <summary>
/// Connects and proves on the thread that reads the connection afterwards: whatever blocks, blocks there, and the runtime's poller never hears of the socket, which
/// makes every message cheaper.
/// </summary>
internal static class ConnectThread
{
    /// <summary>Runs <paramref name="connect"/> on a new thread, which goes on as the connection's reader where it came through without leaving the thread.</summary>
    /// <param name="connect">Connects; its connection is not started.</param>
    /// <param name="connected">Told of the connection before anything is read; false = it is not wanted any more. Runs nothing that blocks.</param>
    /// <param name="tryRun">Runs something on a thread that it may block; false = there is none, and everything is asynchronous.</param>
    public static Task<RpcConnection> RunAsync(Func<Task<RpcConnection>> connect, Func<RpcConnection, bool> connected, Func<Action, bool> tryRun)
    {
        TaskCompletionSource<RpcConnection> result = new();
        if (!tryRun(() => Run(connect, connected, result)))
        {
            _ = FinishAsync(connect(), connected, result);
        }

        return result.Task;
    }

    private static void Run(Func<Task<RpcConnection>> connect, Func<RpcConnection, bool> connected, TaskCompletionSource<RpcConnection> result)
    {
        Task<RpcConnection> connecting = connect();
        if (!connecting.IsCompletedSuccessfully)
        {
            _ = FinishAsync(connecting, connected, result);
            return;
        }

        RpcConnection connection = connecting.Result;
        if (connected(connection))
        {
            connection.StartOnThisThread(new Connected(connection, result));
        }
        else
        {
            result.TrySetResult(connection);
        }
    }

    // It failed, or it awaited something that does not block, as named pipes do: then the connection finds itself a thread when it starts.
    private static async Task FinishAsync(Task<RpcConnection> connecting, Func<RpcConnection, bool> connected, TaskCompletionSource<RpcConnection> result)
    {
        try
        {
            RpcConnection connection = await connecting.ConfigureAwait(false);
            if (connected(connection))
            {
                connection.Start();
            }

            result.TrySetResult(connection);
        }
        catch (OperationCanceledException e)
        {
            result.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            result.TrySetException(e);
        }
    }

    // Whoever waited goes on as whoever waits for an answer does: on the reader's thread, which is taken over where that blocks.
    private sealed class Connected(RpcConnection connection, TaskCompletionSource<RpcConnection> result) : IThreadPoolWorkItem
    {
        public void Execute() => result.TrySetResult(connection);
    }
}
