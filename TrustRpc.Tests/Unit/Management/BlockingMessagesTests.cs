using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class BlockingMessagesTests
{
    private readonly List<int> _threads = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task One_thread_of_their_own_enumerates_all_of_them_and_ends_with_them()
    {
        List<string> seen = await BlockingMessages.OnOwnThreadAsync(Say("one", "two", "three")).Select(message => message.Type).ToListAsync().AsTask().InTime();

        await _ended.Task.InTime();
        Assert.Equal(["one", "two", "three"], seen);
        Assert.Single(_threads.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, _threads);
    }

    [Fact]
    public async Task The_next_message_is_asked_for_when_it_is_wanted_and_the_thread_ends_where_none_is_wanted_any_more()
    {
        IAsyncEnumerator<SyncMessage> messages = BlockingMessages.OnOwnThreadAsync(Say("one", "two")).GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync().AsTask().InTime());

        await messages.DisposeAsync().AsTask().InTime();

        await _ended.Task.InTime();
        Assert.Equal(2, _threads.Count); // The first message, and the end.
    }

    [Fact]
    public async Task What_they_fail_with_comes_to_whoever_reads_them()
    {
        IAsyncEnumerator<SyncMessage> messages = BlockingMessages.OnOwnThreadAsync(Say("one", null)).GetAsyncEnumerator();

        Assert.True(await messages.MoveNextAsync().AsTask().InTime());
        await Assert.ThrowsAsync<InvalidDataException>(() => messages.MoveNextAsync().AsTask().InTime());
        await messages.DisposeAsync().AsTask().InTime();
    }

    // Null = it fails there.
    private IEnumerable<SyncMessage> Say(params string?[] types)
    {
        try
        {
            foreach (string? type in types)
            {
                _threads.Add(Environment.CurrentManagedThreadId);
                yield return new SyncMessage { Type = type ?? throw new InvalidDataException() };
            }
        }
        finally
        {
            _threads.Add(Environment.CurrentManagedThreadId);
            _ended.TrySetResult();
        }
    }
}
