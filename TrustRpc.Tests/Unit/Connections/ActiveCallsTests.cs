using System.Text;
using TrustRpc.Connections;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class ActiveCallsTests : IAsyncLifetime
{
    private readonly ActiveCalls _calls = new(maxRunning: 10_000);
    private readonly RpcServices _services = new();
    private RawConversation _conversation = null!;
    private MethodDescriptor _method = null!;

    public Task InitializeAsync()
    {
        _services.Add("method", () => 1);
        Assert.True(_services.TryFind("method"u8, out MethodDescriptor? method));
        _method = method;
        _conversation = RawConversation.Start(_services);
        return Task.CompletedTask;
    }

    [Fact]
    public void An_id_runs_once_at_a_time_and_a_number_is_no_text()
    {
        ActiveCall one = New("1");
        ActiveCall text = New("\"1\"");

        Assert.True(_calls.TryAdd(one, out _));
        Assert.True(_calls.TryAdd(text, out _));
        Assert.False(_calls.TryAdd(New("1"), out _));
        Assert.False(_calls.TryAdd(New("\"1\""), out _));
        Assert.Equal(2, _calls.Count);
        _calls.Remove(one);

        Assert.True(_calls.TryAdd(New("1"), out _));
        Assert.False(_calls.TryAdd(New("\"1\""), out _));
    }

    [Fact]
    public void Thousands_of_ids_that_fall_together_are_told_apart()
    {
        ActiveCall[] calls = [.. Enumerable.Range(0, 3000).Select(i => New(i % 2 == 0 ? $"{1024L * 1024 * i}" : $"\"{i}\""))];
        Assert.All(calls, call => Assert.True(_calls.TryAdd(call, out _)));
        Assert.All(calls, call => Assert.False(_calls.TryAdd(call, out _)));

        foreach (ActiveCall call in calls.Where((_, i) => i % 3 == 0))
            _calls.Remove(call);

        Assert.Equal(2000, _calls.Count);
        for (int i = 0; i < calls.Length; i++)
            Assert.Equal(i % 3 != 0, _calls.Cancel(calls[i].Id, CallEnd.Caller));
    }

    [Fact]
    public void Removing_twice_or_what_was_never_there_does_nothing()
    {
        ActiveCall call = New("1");
        Assert.True(_calls.TryAdd(call, out _));

        _calls.Remove(call);
        _calls.Remove(call);
        _calls.Remove(New("2"));

        Assert.Equal(0, _calls.Count);
    }

    [Fact]
    public async Task A_cancellation_fires_the_token_of_that_call_alone()
    {
        (ActiveCall first, ActiveCall second, ActiveCall late) = (New("1"), New("2"), New("3"));
        Assert.True(_calls.TryAdd(first, out _) && _calls.TryAdd(second, out _) && _calls.TryAdd(late, out _));
        CancellationToken token = first.CancellationToken;

        Assert.True(_calls.Cancel(first.Id, CallEnd.Caller));
        Assert.True(_calls.Cancel(late.Id, CallEnd.Caller));
        Assert.False(_calls.Cancel(new RequestId(4), CallEnd.Caller));

        await Patience.UntilAsync(() => token.IsCancellationRequested);
        Assert.False(second.CancellationToken.IsCancellationRequested);
        Assert.True(late.CancellationToken.IsCancellationRequested, "A token that is asked for later has fired.");
    }

    [Fact]
    public async Task It_is_finished_when_every_answer_is_on_its_way_and_not_when_the_places_are_free()
    {
        Assert.True(_calls.WhenFinished().IsCompleted);
        (ActiveCall first, ActiveCall second) = (New("1"), New("2"));
        Assert.True(_calls.TryAdd(first, out _) && _calls.TryAdd(second, out _));
        Task finished = _calls.WhenFinished();

        _calls.Remove(first);
        _calls.Remove(second);
        _calls.Finish();
        Assert.False(finished.IsCompleted);
        _calls.Finish();

        await finished.InTime();
    }

    [Fact]
    public void Only_calls_whose_time_is_up_expire_and_the_next_time_is_told()
    {
        (ActiveCall soon, ActiveCall later, ActiveCall never) = (New("1", timeout: 10), New("2", timeout: 60_000), New("3"));
        Assert.True(_calls.TryAdd(soon, out _) && _calls.TryAdd(later, out _) && _calls.TryAdd(never, out _));

        Assert.Equal(soon.Deadline, _calls.Expire(soon.Deadline - 1));
        Assert.Equal(later.Deadline, _calls.Expire(soon.Deadline));

        Assert.True(soon.CancellationToken.IsCancellationRequested);
        Assert.False(later.CancellationToken.IsCancellationRequested);
        Assert.Equal(long.MaxValue, never.Deadline);
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public void A_call_that_comes_when_all_have_been_cancelled_ends_before_it_begins()
    {
        _calls.CancelAll(CallEnd.ConnectionLost);
        ActiveCall late = New("1");

        Assert.True(_calls.TryAdd(late, out bool begins));

        Assert.True(begins, "It is to be answered.");
        Assert.True(late.CancellationToken.IsCancellationRequested);
        Assert.False(late.TryEnd(CallEnd.Caller, out _));
    }

    [Fact]
    public void Whoever_finds_no_place_waits_and_begins_in_turn()
    {
        ActiveCalls calls = new(maxRunning: 2);
        ActiveCall[] all = [.. Enumerable.Range(1, 5).Select(i => New($"{i}"))];
        bool[] begun = [.. all.Select(call => calls.TryAdd(call, out bool begins) && begins)];

        Assert.Equal([true, true, false, false, false], begun);
        Assert.Same(all[2], calls.Remove(all[1]));
        Assert.Same(all[3], calls.Remove(all[0]));
        Assert.Null(calls.Remove(all[0]));
        Assert.Same(all[4], calls.Remove(all[3]));
        Assert.Null(calls.Remove(all[2]));
        Assert.Equal(1, calls.Count);
    }

    [Fact]
    public void A_call_whose_time_is_up_keeps_its_place_and_neither_its_id_nor_its_callers_share()
    {
        ActiveCalls calls = new(maxRunning: 1);
        ActiveCall stubborn = New("1", timeout: 10);
        Assert.True(calls.TryAdd(stubborn, out _));
        Assert.Equal(1, calls.Unanswered);

        calls.Expire(stubborn.Deadline);

        Assert.Equal((1, 0), (calls.Count, calls.Unanswered));
        ActiveCall next = New("1");
        Assert.True(calls.TryAdd(next, out bool begins));
        Assert.False(begins);
        Assert.Equal(1, calls.Unanswered);
        Assert.Same(next, calls.Remove(stubborn));
        Assert.Equal((1, 1), (calls.Count, calls.Unanswered));
    }

    public async Task DisposeAsync() => await _conversation.DisposeAsync();

    private ActiveCall New(string id, int timeout = 0)
    {
        string member = timeout == 0 ? "" : $",\"timeout\":{timeout}";
        Envelope envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes($$"""{"id":{{id}},"method":"method"{{member}}}"""));
        Assert.Equal(EnvelopeKind.Request, envelope.Kind);
        return ActiveCall.Rent(_conversation.Connection, in envelope, _method);
    }
}
