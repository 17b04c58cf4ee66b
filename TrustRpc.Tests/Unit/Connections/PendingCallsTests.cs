using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class PendingCallsTests
{
    private readonly PendingCalls _calls = new(maxCalls: 1000);

    [Fact]
    public void Ids_count_up_from_1_and_each_is_answered_once()
    {
        PendingCall[] calls = [.. Enumerable.Range(0, 100).Select(_ => Added(_calls))];

        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), calls.Select(call => call.Id));
        foreach (PendingCall call in calls.Reverse())
        {
            Assert.True(_calls.TryAnswer(call.Id, out PendingCall? found));
            Assert.Same(call, found);
            Assert.False(_calls.TryAnswer(call.Id, out found));
            Assert.Null(found);
        }

        Assert.Equal(0, _calls.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(-1)]
    [InlineData(-15)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void An_id_that_was_not_given_out_is_unknown(long id)
    {
        Added(_calls);

        Assert.False(_calls.TryAnswer(id, out PendingCall? call));

        Assert.Null(call);
        Assert.Equal(1, _calls.Count);
    }

    [Fact]
    public void A_call_that_takes_its_time_keeps_its_id_while_thousands_come_and_go()
    {
        PendingCall slow = Added(_calls);
        long last = slow.Id;
        for (int i = 0; i < 10_000; i++)
        {
            PendingCall quick = Added(_calls);
            Assert.True(quick.Id > last);
            last = quick.Id;
            Assert.True(_calls.TryAnswer(quick.Id, out PendingCall? found));
            Assert.Same(quick, found);
        }

        Assert.True(_calls.TryAnswer(slow.Id, out PendingCall? answered));
        Assert.Same(slow, answered);
    }

    [Fact]
    public void Random_coming_and_going_loses_and_confuses_no_call()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        List<PendingCall> inFlight = [];
        for (int i = 0; i < 20_000; i++)
        {
            if (inFlight.Count < 900 && random.Next(100) < 51)
            {
                inFlight.Add(Added(_calls));
                continue;
            }

            if (inFlight.Count == 0) continue;
            int at = random.Next(inFlight.Count);
            Assert.True(_calls.TryAnswer(inFlight[at].Id, out PendingCall? found) && found == inFlight[at], $"Seed {seed}, step {i}.");
            inFlight.RemoveAt(at);
            Assert.Equal(inFlight.Count, _calls.Count);
        }
    }

    [Fact]
    public void A_call_that_was_given_up_keeps_its_place_until_its_late_answer()
    {
        PendingCalls calls = new(maxCalls: 1);
        PendingCall call = Added(calls);

        Assert.True(calls.TryGiveUp(call));
        Assert.False(calls.TryGiveUp(call));
        Assert.False(calls.TryAdd(New()));
        Assert.True(calls.TryAnswer(call.Id, out PendingCall? late));

        Assert.Null(late);
        Added(calls);
    }

    [Fact]
    public void A_call_that_was_answered_cannot_be_given_up_and_neither_can_another_under_its_old_id()
    {
        PendingCall call = Added(_calls);
        long id = call.Id;
        Assert.True(_calls.TryAnswer(id, out _));
        Assert.False(_calls.TryGiveUp(call, id));

        // The same object, pooled and rented again.
        Assert.True(_calls.TryAdd(call));

        Assert.False(_calls.TryGiveUp(call, id));
        Assert.True(_calls.TryGiveUp(call));
    }

    [Fact]
    public async Task Those_in_line_get_their_turns_in_order_and_no_newcomer_goes_before()
    {
        PendingCalls calls = new(maxCalls: 2);
        PendingCall[] first = [Added(calls), Added(calls)];
        PendingCall[] waiting = [New(), New(), New()];
        Task[] turns = [.. waiting.Select(call => calls.WaitForTurn(call, default))];

        Assert.All(turns, turn => Assert.False(turn.IsCompleted));
        calls.TryAnswer(first[0].Id, out _);
        await turns[0].InTime();
        Assert.False(calls.TryAdd(New()));
        Assert.False(turns[1].IsCompleted);
        calls.Claim(waiting[0]);
        calls.TryAnswer(waiting[0].Id, out _);
        await turns[1].InTime();
        calls.Claim(waiting[1]);
        calls.TryAnswer(first[1].Id, out _);
        await turns[2].InTime();
        calls.Claim(waiting[2]);

        Assert.Equal(2, calls.Count);
        Assert.False(calls.TryAdd(New()));
        calls.TryAnswer(waiting[1].Id, out _);
        Added(calls);
    }

    [Fact]
    public async Task Whoever_gives_up_standing_in_line_leaves_nothing_behind_however_long_nothing_moves()
    {
        PendingCalls calls = new(maxCalls: 1);
        PendingCall first = Added(calls);
        Task patient = calls.WaitForTurn(New(), default);
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource given = new();
            Task gone = calls.WaitForTurn(New(), given.Token);
            await given.CancelAsync();
            Assert.Equal(given.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.InTime())).CancellationToken);
        }

        Assert.Equal(1, calls.InLine);
        calls.TryAnswer(first.Id, out _);
        await patient.InTime();
    }

    [Fact]
    public async Task A_turn_that_is_given_up_is_passed_over()
    {
        PendingCalls calls = new(maxCalls: 1);
        PendingCall first = Added(calls);
        using CancellationTokenSource given = new();
        Task gone = calls.WaitForTurn(New(), given.Token);
        PendingCall second = New();
        Task turn = calls.WaitForTurn(second, default);

        await given.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.InTime());
        Assert.Equal(given.Token, e.CancellationToken);
        calls.TryAnswer(first.Id, out _);

        await turn.InTime();
        calls.Claim(second);
        calls.TryAnswer(second.Id, out _);
        Added(calls);
    }

    [Fact]
    public async Task A_turn_ends_when_its_time_is_up_and_says_that_nothing_was_sent()
    {
        PendingCalls calls = new(maxCalls: 1);
        PendingCall first = Added(calls);
        Task soon = calls.WaitForTurn(New(deadline: 10), default);
        PendingCall later = New(deadline: 20);
        Task turn = calls.WaitForTurn(later, default);

        Assert.Equal(10, calls.ExpireTurns(9));
        Assert.Equal(20, calls.ExpireTurns(10));
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => soon.InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);
        calls.TryAnswer(first.Id, out _);

        await turn.InTime();
        calls.Claim(later);
    }

    [Fact]
    public void Calls_that_are_not_counted_always_find_a_place_and_take_none_away()
    {
        PendingCalls calls = new(maxCalls: 1);
        PendingCall uncounted = New();
        Assert.True(calls.TryAdd(uncounted, counted: false));
        PendingCall counted = Added(calls);
        Assert.True(calls.TryAdd(New(), counted: false));

        calls.TryAnswer(uncounted.Id, out _);
        Assert.False(calls.TryAdd(New()));
        calls.TryAnswer(counted.Id, out _);

        Added(calls);
    }

    [Fact]
    public async Task The_end_hands_each_call_over_once_and_turns_away_all_who_come_later()
    {
        PendingCalls calls = new(maxCalls: 3);
        PendingCall[] inFlight = [Added(calls), Added(calls), Added(calls)];
        calls.TryGiveUp(inFlight[1]);
        Task turn = calls.WaitForTurn(New(), default);
        RpcConnectionException reason = new("It is over.");

        Assert.Equal([inFlight[0], inFlight[2]], calls.EndAll(reason));
        Assert.Empty(calls.EndAll(new RpcConnectionException("Again.")));

        await Assert.ThrowsAsync<RpcConnectionException>(() => turn.InTime());
        Assert.Contains("It is over.", Assert.Throws<RpcConnectionException>(() => calls.TryAdd(New())).Message, StringComparison.Ordinal);
        Assert.Throws<RpcConnectionException>(() => { _ = calls.WaitForTurn(New(), default); });
        Assert.False(calls.TryAddUnlessEnded(New()));
        Assert.False(calls.TryAnswer(inFlight[0].Id, out _));
        Assert.False(calls.TryGiveUp(inFlight[0]));
        Assert.Equal(0, calls.Count);
    }

    [Fact]
    public void A_call_that_is_taken_back_frees_its_place_and_is_its_takers_unless_somebody_else_ends_it()
    {
        PendingCalls calls = new(maxCalls: 2);
        (PendingCall mine, PendingCall givenUp) = (Added(calls), Added(calls));
        Assert.True(calls.TryGiveUp(givenUp));

        Assert.True(calls.TryRemove(mine));
        Assert.False(calls.TryRemove(givenUp));

        Assert.False(calls.TryRemove(mine));
        Assert.Equal(0, calls.Count);
        Added(calls);
        Added(calls);
    }

    [Fact]
    public async Task Calls_that_are_taken_back_while_the_table_ends_have_one_owner_each()
    {
        for (int round = 0; round < 1000; round++)
        {
            PendingCalls calls = new(maxCalls: 1000);
            PendingCall[] all = [.. Enumerable.Range(0, 64).Select(_ => Added(calls))];
            using Barrier start = new(2);
            Task<int> taking = Task.Run(() =>
            {
                start.SignalAndWait();
                return all.Count(calls.TryRemove);
            });
            start.SignalAndWait();
            List<PendingCall> ended = calls.EndAll(new RpcConnectionException("It is over."));

            Assert.Equal(all.Length, ended.Count + await taking.InTime());
        }
    }

    private static PendingCall Added(PendingCalls calls)
    {
        PendingCall call = New();
        Assert.True(calls.TryAdd(call));
        return call;
    }

    private static PendingCall<int> New(long deadline = long.MaxValue) => PendingCall<int>.Rent(null!, "method", blocks: false, deadline);
}
