using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class EndNoticeTests
{
    private readonly EndNotice _notice = new(connection: null!);

    [Fact]
    public void The_owner_hears_from_the_reader_of_an_end_that_came_while_that_read_the_last_bytes()
    {
        int thread = 0;
        _notice.OnEnd((_, _) => thread = Environment.CurrentManagedThreadId);
        _notice.ReadTheLast();

        _notice.Give("It is over.");
        Assert.False(_notice.Told.IsCompleted);
        _notice.LeaveReading();

        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.True(_notice.Told.IsCompleted);
    }

    [Fact]
    public async Task The_owner_hears_at_once_of_an_end_that_comes_when_the_reader_has_left()
    {
        List<string> told = [];
        _notice.OnEnd((_, reason) => told.Add(reason));
        _notice.ReadTheLast();
        _notice.LeaveReading();

        _notice.Give("It is over.");

        await _notice.Told.InTime();
        Assert.Equal(["It is over."], told);
    }

    [Fact]
    public void A_thread_that_was_stuck_and_leaves_while_its_successor_tells_the_owner_lets_nobody_go_on_before_that_is_done()
    {
        bool toldMeanwhile = true;
        _notice.OnEnd((_, _) =>
        {
            _notice.LeaveReading();
            toldMeanwhile = _notice.Told.IsCompleted;
        });
        _notice.ReadTheLast();
        _notice.Give("It is over.");

        _notice.LeaveReading();

        Assert.False(toldMeanwhile);
        Assert.True(_notice.Told.IsCompleted);
    }

    [Fact]
    public async Task An_end_that_comes_on_a_stuck_readers_thread_while_its_successor_leaves_is_told_without_it()
    {
        for (int round = 0; round < 5_000; round++)
        {
            EndNotice notice = new(connection: null!);
            notice.ReadTheLast();
            using Barrier start = new(2);
            Task leaving = Task.Run(() =>
            {
                start.SignalAndWait();
                notice.LeaveReading();
            });
            start.SignalAndWait();

            notice.Give("It is over.");

            await leaving.InTime();
            await notice.Told.InTime();
        }
    }
}
