using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class BlockedWriteTests
{
    private readonly TaskCompletionSource<(Thread Thread, bool OfPool)> _wentOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Whoever_awaits_a_write_that_has_ended_already_needs_no_thread_of_the_pool_to_go_on()
    {
        BlockedWrite write = new(static () => { }, static e => e);
        ValueTask written = write.Start();
        await Patience.UntilAsync(() => written.IsCompleted);

        // As an await does that looked just before the write ended.
        write.OnCompleted(GoOn, null, 0, default);

        Assert.False((await _wentOn.Task.InTime()).OfPool);
        await written;
    }

    [Fact]
    public async Task Whoever_awaits_it_before_goes_on_on_its_thread()
    {
        using ManualResetEventSlim gate = new();
        Thread? writer = null;
        BlockedWrite write = new(
            () =>
            {
                writer = Thread.CurrentThread;
                gate.InTime();
            },
            static e => e);
        ValueTask written = write.Start();
        write.OnCompleted(GoOn, null, 0, default);

        gate.Set();

        Assert.Same((await _wentOn.Task.InTime()).Thread, writer);
        await written;
    }

    [Fact]
    public async Task Its_failure_is_the_awaiters()
    {
        BlockedWrite write = new(static () => throw new InvalidOperationException("full"), static e => new IOException(e.Message, e));

        Assert.Equal("full", (await Assert.ThrowsAsync<IOException>(async () => await write.Start())).Message);
    }

    private void GoOn(object? state) => _wentOn.SetResult((Thread.CurrentThread, Thread.CurrentThread.IsThreadPoolThread));
}
