using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class FileLockTests : IDisposable
{
    private readonly TransportKit _kit = new();

    private string Path => System.IO.Path.Combine(_kit.Directory, "lock");

    public void Dispose() => _kit.Dispose();

    [Fact]
    public void A_lock_is_one_holders_until_it_is_let_go_of_and_then_leaves_no_file()
    {
        using (FileLock? held = FileLock.TryTake(Path))
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryTake(Path));
        }

        Assert.False(File.Exists(Path));
        using FileLock? again = FileLock.TryTake(Path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_file_that_a_crash_left_behind_holds_nobody_up()
    {
        File.WriteAllText(Path, "");

        using FileLock? held = FileLock.TryTake(Path);

        Assert.NotNull(held);
    }

    [Fact]
    public void A_locked_file_whose_name_is_gone_or_leads_to_another_file_is_no_lock()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var file = new FileStream(Path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.True(FileLock.IsStillThere(file, Path));

        File.Delete(Path);
        Assert.False(FileLock.IsStillThere(file, Path));

        File.WriteAllText(Path, "");
        Assert.False(FileLock.IsStillThere(file, Path));
    }

    [Fact]
    public async Task Those_who_take_it_and_let_it_go_at_once_never_hold_it_two_at_a_time()
    {
        int holding = 0, taken = 0, shared = 0;
        void TakeAndLetGo()
        {
            for (int i = 0; i < 20_000; i++)
            {
                using FileLock? held = FileLock.TryTake(Path);
                if (held is null)
                    continue;
                if (Interlocked.Increment(ref holding) != 1)
                    Interlocked.Increment(ref shared);
                Interlocked.Increment(ref taken);
                Thread.Yield();
                Interlocked.Decrement(ref holding);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(TakeAndLetGo, TaskCreationOptions.LongRunning))).WaitAsync(TransportKit.Patience);

        Assert.NotEqual(0, taken);
        Assert.Equal(0, shared);
    }
}
