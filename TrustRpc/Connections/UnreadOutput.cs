using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>
/// How much output may wait for a peer that reads slowly (section 5): beyond it nothing new is begun, and who goes on asking all the same, so that
/// the refusals alone would grow without end, is known by their number.
/// </summary>
/// <param name="output">What waits.</param>
/// <param name="most">Bytes that may wait before new requests are refused.</param>
/// <param name="mostOpen">What a peer that keeps to the rules may have asked and not read the answer to.</param>
internal sealed class UnreadOutput(OutputQueue output, long most, long mostOpen)
{
    // Within two turns of the output a peer may have read the first answers, and have asked as much again.
    private readonly long _mostAnswers = 2 * mostOpen;
    private long _answers;
    private int _turn;

    /// <summary>True where more waits than may. Thread-safe.</summary>
    public bool IsTooMuch => output.Unsent > most;

    /// <summary>For the reader: something has come that is answered whatever waits. False where the peer asks on and on and does not read.</summary>
    public bool MayAsk()
    {
        if (!IsTooMuch)
        {
            _answers = 0;
            return true;
        }

        // Two turns on, all that waited when counting began has been taken by the peer.
        int turn = output.Turns;
        if (turn - _turn > 1)
        {
            (_turn, _answers) = (turn, 0);
        }

        return ++_answers <= _mostAnswers;
    }
}
