using TrustRpc.Tests.Support;
using Xunit.Abstractions;

namespace TrustRpc.Tests.Hostile;

/// <summary>
/// A conversation of handshake, calls, streams, progress, cancellation and end is split, delayed, cut and stalled before each of its bytes, in each direction, plain and sealed. Whatever happens, each
/// side's part of each call ends once and says what is true of it, nothing is executed twice, and nothing is left.
/// </summary>
public sealed class EveryByteTests(ITestOutputHelper output)
{
    public static TheoryData<HandshakeMode, bool> Ways => new()
    {
        { HandshakeMode.Plain, true },
        { HandshakeMode.Plain, false },
        { HandshakeMode.Sealed, true },
        { HandshakeMode.Sealed, false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public Task A_conversation_that_is_split_at_any_byte_is_the_same(HandshakeMode mode, bool toServer) => AtEveryByteAsync(mode, toServer, Fault.Split);

    [Theory]
    [MemberData(nameof(Ways))]
    public Task A_conversation_that_is_held_up_at_any_byte_is_the_same(HandshakeMode mode, bool toServer) => AtEveryByteAsync(mode, toServer, Fault.Delay);

    [Theory]
    [MemberData(nameof(Ways))]
    public Task A_connection_that_is_cut_at_any_byte_ends_everything_once(HandshakeMode mode, bool toServer) => AtEveryByteAsync(mode, toServer, Fault.Reset, Fault.End);

    [Theory]
    [MemberData(nameof(Ways))]
    public Task On_a_connection_that_falls_silent_at_any_byte_everything_ends_once_when_its_time_is_up(HandshakeMode mode, bool toServer)
        => AtEveryByteAsync(mode, toServer, Fault.Stall, Fault.StallUnnoticed);

    // One fault, or several in turn.
    private async Task AtEveryByteAsync(HandshakeMode mode, bool toServer, params Fault[] faults)
    {
        // Not the same every time, since what is ready leaves together.
        (int whole, int talk) = (0, 0);
        for (int i = 0; i < 8; i++)
        {
            whole = Math.Max(whole, await RunAsync(mode, true, Fault.None, toServer, 0));
            talk = Math.Max(talk, await RunAsync(mode, false, Fault.None, toServer, 0));
        }

        output.WriteLine($"{whole} bytes, {talk} of them after the handshake.");
        int handshake = Math.Min(whole - talk + 100, whole);
        ParallelOptions options = new() { MaxDegreeOfParallelism = 8 };
        await Parallel.ForAsync(0, handshake, options, async (offset, _) => await RunAsync(mode, true, faults[offset % faults.Length], toServer, offset));
        await Parallel.ForAsync(0, talk, options, async (offset, _) => await RunAsync(mode, false, faults[offset % faults.Length], toServer, offset));
    }

    private static async Task<int> RunAsync(HandshakeMode mode, bool hasHandshake, Fault fault, bool toServer, long offset)
    {
        using FaultyConversation conversation = new(mode, hasHandshake, fault, toServer, offset);
        try
        {
            await conversation.RunAsync();
            await CheckAsync(conversation, fault);
            return (int)conversation.Length(toServer);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"To the {(toServer ? "server" : "client")}: {conversation}\n{e}", e);
        }
    }

    private static async Task CheckAsync(FaultyConversation conversation, Fault fault)
    {
        await conversation.ExpectNothingLeftAsync();
        if (fault is Fault.None or Fault.Split or Fault.Delay)
        {
            Assert.Equal((null, null), conversation.Refusals);
            await Patience.UntilAsync(() => conversation.Dialogue.Executed("t") == 1);
            conversation.Dialogue.ExpectSuccess();
            return;
        }

        ExpectReason(conversation.Refusals.Client, fault);
        ExpectReason(conversation.Refusals.Server, fault);
        conversation.Dialogue.ExpectHonesty(isTimeUp: fault is Fault.Stall or Fault.StallUnnoticed, isHalfOpen: fault == Fault.End);
    }

    private static void ExpectReason(Exception? refusal, Fault fault)
    {
        if (refusal is not null)
        {
            TrustFailure failure = Assert.IsType<TrustException>(refusal).Failure;
            Assert.True(failure is TrustFailure.PeerLeft || (failure is TrustFailure.TimedOut && fault is Fault.Stall or Fault.StallUnnoticed), refusal.ToString());
        }
    }
}
