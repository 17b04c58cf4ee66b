using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class SyncParticipantTests
{
    [Fact]
    public async Task Of_whoever_is_put_out_nothing_stays_in_memory_until_it_reads()
    {
        SyncParticipant participant = new("7", queue: 2, maxBytes: 64 * 1024);
        SyncMessage message = new() { Type = SyncMessageType.DataUpdate };

        bool[] told = [participant.TryTell(message), participant.TryTell(message), participant.TryTell(message)];

        await using IAsyncEnumerator<SyncMessage> reads = participant.OutgoingAsync(CancellationToken.None).GetAsyncEnumerator();
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => reads.MoveNextAsync().InTime());
        Assert.Equal([true, true, false], told);
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
    }

    [Fact]
    public async Task Whoever_has_said_its_last_reads_all_answers_to_it_although_others_go_on_talking()
    {
        SyncParticipant participant = new("7", queue: 2, maxBytes: 64 * 1024);
        SyncMessage answer = new() { Type = SyncMessageType.Response };
        await participant.AnswerAsync(answer, CancellationToken.None).InTime();
        participant.End();

        bool told = participant.TryTell(new SyncMessage { Type = SyncMessageType.DataUpdate });

        await using IAsyncEnumerator<SyncMessage> reads = participant.OutgoingAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.False(told);
        Assert.True(await reads.MoveNextAsync().InTime());
        Assert.Same(answer, reads.Current);
        Assert.False(await reads.MoveNextAsync().InTime());
    }
}
