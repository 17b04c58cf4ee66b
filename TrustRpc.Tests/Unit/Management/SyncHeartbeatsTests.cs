using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class SyncHeartbeatsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Channel<SyncMessage> _says = Channel.CreateUnbounded<SyncMessage>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_client_that_has_nothing_to_say_gives_a_sign_of_life_every_ten_seconds_and_loses_no_message()
    {
        await using IAsyncEnumerator<SyncMessage> sent = new SyncHeartbeats(SayAsync(), _clock).MessagesAsync().GetAsyncEnumerator();
        List<string> seen = [];
        for (int i = 0; i < 2; i++)
        {
            ValueTask<bool> moving = sent.MoveNextAsync();
            await _clock.WhenDueAfter(TimeSpan.FromSeconds(10)).InTime();
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.True(await moving.InTime());
            seen.Add(sent.Current.Type);
        }

        await _says.Writer.WriteAsync(new SyncMessage { Type = SyncMessageType.DataUpdate });
        _says.Writer.Complete();
        Assert.True(await sent.MoveNextAsync().InTime());
        seen.Add(sent.Current.Type);

        Assert.False(await sent.MoveNextAsync().InTime());
        Assert.Equal(["HEARTBEAT", "HEARTBEAT", "DATA_UPDATE"], seen);
        await _left.Task.InTime();
    }

    [Fact]
    public async Task Where_sync_ends_between_two_signs_of_life_nobody_waits_and_the_clients_sequence_ends_with_its_next_message()
    {
        IAsyncEnumerator<SyncMessage> sent = new SyncHeartbeats(SayAsync(), _clock).MessagesAsync().GetAsyncEnumerator();
        ValueTask<bool> moving = sent.MoveNextAsync();
        await _clock.WhenDueAfter(TimeSpan.FromSeconds(10)).InTime();
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await moving.InTime());

        await sent.DisposeAsync().InTime();

        Assert.False(_left.Task.IsCompleted);
        await _says.Writer.WriteAsync(new SyncMessage { Type = SyncMessageType.DataUpdate });
        await _left.Task.InTime();
    }

    [Fact]
    public async Task Answers_to_signs_of_life_are_taken_out_of_what_comes_in()
    {
        SyncMessage own = new() { Type = SyncMessageType.Heartbeat, Payload = JsonElement.Parse("\"mine\"") };
        SyncMessage answer = new() { Type = SyncMessageType.Heartbeat, Payload = JsonElement.Parse("\"keep-alive\"") };

        Assert.Equal([own], await SyncHeartbeats.WithoutAnswersAsync(Sequence(answer, own, answer), CancellationToken.None).ToListAsync());
        Assert.Equal([own], SyncHeartbeats.WithoutAnswers([answer, own, answer]));
    }

    private static IAsyncEnumerable<SyncMessage> Sequence(params SyncMessage[] messages) => messages.ToAsyncEnumerable();

    // As a program that reads lines from a terminal: it cannot be interrupted.
    private async IAsyncEnumerable<SyncMessage> SayAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (SyncMessage message in _says.Reader.ReadAllAsync(CancellationToken.None))
                yield return message;
        }
        finally
        {
            _left.TrySetResult();
        }
    }
}
