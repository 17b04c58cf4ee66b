using TrustRpc.Management;

namespace TrustRpc.Tests.Unit.Management;

public sealed class SyncParticipantsTests
{
    private readonly SyncParticipants _participants = new(3);

    [Fact]
    public void A_client_is_found_by_its_id_with_each_of_its_streams_until_they_have_left()
    {
        SyncParticipant one = Add("1");
        SyncParticipant two = Add("2");
        SyncParticipant again = Add("1");

        Assert.Equal([one, again], _participants.Of("1"));
        Assert.Equal([one, two, again], _participants.All);
        Assert.Empty(_participants.Of("nobody"));
        _participants.Remove(one);
        Assert.Equal([again], _participants.Of("1"));
        _participants.Remove(again);
        _participants.Remove(again);
        Assert.Empty(_participants.Of("1"));
        Assert.Equal([two], _participants.All);
    }

    [Fact]
    public void One_too_many_is_not_taken_and_takes_nobodys_place()
    {
        SyncParticipant[] all = [Add("1"), Add("2"), Add("3")];

        Assert.False(_participants.TryAdd(new SyncParticipant("4", 1, 1)));
        Assert.Equal(all, _participants.All);
        _participants.Remove(all[0]);
        Assert.True(_participants.TryAdd(new SyncParticipant("4", 1, 1)));
        Assert.Equal(3, _participants.Count);
    }

    [Fact]
    public void Whoever_looks_at_all_of_them_sees_them_as_they_were()
    {
        SyncParticipant one = Add("1");
        SyncParticipant[] seen = _participants.All;

        _participants.Remove(one);
        Add("2");

        Assert.Equal([one], seen);
    }

    private SyncParticipant Add(string uuid)
    {
        SyncParticipant participant = new(uuid, 1, 1);
        Assert.True(_participants.TryAdd(participant));
        return participant;
    }
}
