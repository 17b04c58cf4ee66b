using TrustRpc.Tests.Support;
using TrustRpc.Threads;

namespace TrustRpc.Tests.Unit.Threads;

public sealed class OwnThreadTests
{
    private readonly TaskCompletionSource<(string? Name, bool OfPool)> _ran = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task What_blocks_runs_on_a_thread_of_its_own()
    {
        OwnThread.Run(Note, "the thread of a test");

        Assert.Equal(("the thread of a test", false), await _ran.Task.InTime());
    }

    [Fact]
    public async Task Where_the_system_gives_no_thread_it_runs_on_one_of_the_pool()
    {
        OwnThread.Run(Note, "the thread of a test", 0, static _ => throw new InsufficientMemoryException());

        Assert.True((await _ran.Task.InTime()).OfPool);
    }

    [Fact]
    public void Whoever_can_do_without_is_told_that_there_is_none()
        => Assert.Null(OwnThread.TryStart(Note, "the thread of a test", 0, static _ => throw new InsufficientMemoryException()));

    private void Note() => _ran.SetResult((Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
}
