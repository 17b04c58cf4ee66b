using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>
/// Notices a peer that is gone without a word (section 7): after <c>keepAlive</c> of silence it is pinged, after as much again it is given up. So is one that
/// takes nothing for so long, whatever it says (section 5). Driven by the connection's one timer.
/// </summary>
internal sealed class KeepAlive
{
    private readonly OutputQueue _output;
    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly Action _ping;
    private readonly Action _giveUp;
    private long _heard;
    private long _pinged;

    /// <param name="output">Tells when a peer that had been slow took bytes again: a sign of life as well.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="interval">The agreed <c>keepAlive</c>; zero = never.</param>
    /// <param name="ping">Sends a ping; its answer matters as bytes alone.</param>
    /// <param name="giveUp">Drops the connection.</param>
    public KeepAlive(OutputQueue output, TimeProvider time, TimeSpan interval, Action ping, Action giveUp)
    {
        (_output, _time, _ping, _giveUp) = (output, time, ping, giveUp);
        _interval = (long)(interval.TotalSeconds * time.TimestampFrequency);
        _heard = time.GetTimestamp();
    }

    /// <summary>When to look for the first time.</summary>
    public long First => _interval == 0 ? long.MaxValue : _heard + _interval;

    /// <summary>Bytes have arrived.</summary>
    public void Heard() => Volatile.Write(ref _heard, _time.GetTimestamp());

    /// <summary>Pings or gives up where it is time to; when to look again.</summary>
    public long Check(long now)
    {
        if (_interval == 0)
        {
            return long.MaxValue;
        }

        long waits = _output.WaitsSince;
        long mostWaiting = waits == OutputQueue.NotWaiting ? long.MaxValue : waits + (2 * _interval);
        if (now >= mostWaiting)
        {
            _giveUp();
            return long.MaxValue;
        }

        long heard = Volatile.Read(ref _heard);
        if (now - heard < _interval)
        {
            _pinged = 0;
            return Math.Min(heard + _interval, mostWaiting);
        }

        if (_pinged <= heard)
        {
            _pinged = now;
            _ping();
            return now + _interval;
        }

        // A write that had to wait and then went through: the peer is reading, however slowly.
        long alive = Math.Max(_pinged, _output.LastAccepted);
        if (now - alive < _interval)
        {
            return alive + _interval;
        }

        _giveUp();
        return long.MaxValue;
    }
}
