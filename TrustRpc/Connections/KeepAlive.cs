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
    private long _heard;
    private long _pinged;

    /// <param name="output">Tells when a peer that had been slow took bytes again: a sign of life as well.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="interval">The agreed <c>keepAlive</c>; zero = never.</param>
    public KeepAlive(OutputQueue output, TimeProvider time, TimeSpan interval)
    {
        (_output, _time) = (output, time);
        _interval = (long)(interval.TotalSeconds * time.TimestampFrequency);
        _heard = time.GetTimestamp();
    }

    /// <summary>When to look for the first time.</summary>
    public long First => _interval == 0 ? long.MaxValue : _heard + _interval;

    /// <summary>When bytes arrived last, as a timestamp; before any did, when the connection began.</summary>
    public long LastHeard => Volatile.Read(ref _heard);

    /// <summary>Bytes have arrived.</summary>
    public void Heard() => Volatile.Write(ref _heard, _time.GetTimestamp());

    /// <summary>What it is time to do.</summary>
    /// <param name="now">The time it is.</param>
    /// <param name="next">When to look again.</param>
    public Step Check(long now, out long next)
    {
        next = long.MaxValue;
        if (_interval == 0)
        {
            return Step.None;
        }

        long waits = _output.WaitsSince;
        long mostWaiting = waits == OutputQueue.NotWaiting ? long.MaxValue : waits + (2 * _interval);
        if (now >= mostWaiting)
        {
            return Step.GiveUp;
        }

        long heard = Volatile.Read(ref _heard);
        if (now - heard < _interval)
        {
            _pinged = 0;
            next = Math.Min(heard + _interval, mostWaiting);
            return Step.None;
        }

        if (_pinged <= heard)
        {
            _pinged = now;
            next = now + _interval;
            return Step.Ping;
        }

        // A write that had to wait and then went through: the peer is reading, however slowly.
        long alive = Math.Max(_pinged, _output.LastAccepted);
        if (now - alive < _interval)
        {
            next = alive + _interval;
            return Step.None;
        }

        return Step.GiveUp;
    }

    public enum Step
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>To ask the peer for a sign of life; its answer matters as bytes alone.</summary>
        Ping,

        /// <summary>To drop the connection.</summary>
        GiveUp,
    }
}
