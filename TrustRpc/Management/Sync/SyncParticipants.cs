namespace TrustRpc.Management;

/// <summary>Who is in sync, and who of them has an id: what is for one is not looked for among all. Thread-safe; what it gives is as it was at that moment.</summary>
/// <param name="most">The most of them.</param>
internal sealed class SyncParticipants(int most)
{
    private readonly Lock _gate = new();
    private readonly HashSet<SyncParticipant> _participants = [];
    private readonly Dictionary<string, SyncParticipant[]> _byUuid = new(StringComparer.Ordinal);
    private SyncParticipant[]? _all = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _participants.Count;
            }
        }
    }

    public SyncParticipant[] All
    {
        get
        {
            lock (_gate)
            {
                return _all ??= [.. _participants];
            }
        }
    }

    /// <summary>Those of one client: as many as it has streams.</summary>
    public SyncParticipant[] Of(string uuid)
    {
        lock (_gate)
        {
            return _byUuid.GetValueOrDefault(uuid, []);
        }
    }

    /// <summary>False = there are too many.</summary>
    public bool TryAdd(SyncParticipant participant)
    {
        lock (_gate)
        {
            if (_participants.Count >= most)
            {
                return false;
            }

            _participants.Add(participant);
            _byUuid[participant.Uuid] = [.. _byUuid.GetValueOrDefault(participant.Uuid, []), participant];
            _all = null;
            return true;
        }
    }

    public void Remove(SyncParticipant participant)
    {
        lock (_gate)
        {
            if (!_participants.Remove(participant))
            {
                return;
            }

            _all = null;
            if (Array.FindAll(_byUuid[participant.Uuid], other => other != participant) is { Length: > 0 } others)
            {
                _byUuid[participant.Uuid] = others;
            }
            else
            {
                _byUuid.Remove(participant.Uuid);
            }
        }
    }
}
