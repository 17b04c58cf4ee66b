using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class LazyCompletionTests
{
    private LazyCompletion<string> _it = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Whoever_asks_before_it_happens_and_whoever_asks_afterwards_get_the_same_result()
    {
        Task<string> before = _it.Task;
        Assert.False(before.IsCompleted);

        _it.TrySetResult("now");

        Assert.Equal("now", await before.InTime());
        Assert.Equal("now", await _it.Task.InTime());
    }

    [Fact]
    public async Task What_happened_unasked_is_known_to_those_who_ask_later()
    {
        _it.TrySetResult("now");

        Assert.Equal("now", await _it.Task.InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_result_counts(bool isAsked)
    {
        Task<string>? asked = isAsked ? _it.Task : null;

        _it.TrySetResult("first");
        _it.TrySetResult("second");

        Assert.Equal("first", await (asked ?? _it.Task).InTime());
        Assert.Equal("first", await _it.Task.InTime());
    }

    [Fact]
    public async Task Everybody_gets_the_result_however_asking_and_happening_cross()
    {
        for (int i = 0; i < 1000; i++)
        {
            _it = new LazyCompletion<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            using Barrier start = new(3);
            Task<Task<string>> first = Patience.OnOwnThread(Ask);
            Task<Task<string>> second = Patience.OnOwnThread(Ask);
            start.SignalAndWait();
            _it.TrySetResult("now");
            Assert.Equal("now", await (await first.InTime()).InTime());
            Assert.Equal("now", await (await second.InTime()).InTime());

            Task<string> Ask()
            {
                start.SignalAndWait();
                return _it.Task;
            }
        }
    }
}
