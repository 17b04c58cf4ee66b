using System.Text;
using TrustRpc.Connections;
using TrustRpc.Messages;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

/// <summary>A call is answered in its method's place while the method is only about to begin.</summary>
public sealed class ActiveCallRaceTests
{
    [Fact]
    public async Task A_progress_argument_that_is_read_while_the_call_is_answered_for_is_closed()
    {
        RpcServices services = new RpcServices().Add("method", () => 1);
        Assert.True(services.TryFind("method"u8, out MethodDescriptor? method));
        await using RawConversation conversation = RawConversation.Start(services);
        byte[] request = Encoding.UTF8.GetBytes(RawPeer.Request(1, "method"));
        for (int round = 0; round < 2000; round++)
        {
            ActiveCall call = Rent();
            using Barrier start = new(2);
            Task answering = Task.Run(() =>
            {
                start.SignalAndWait();
                call.AnswerEarly(RpcErrorCode.Cancelled, "It is over.");
            });
            start.SignalAndWait();
            RemoteProgress[] arguments = [.. Enumerable.Range(0, 16).Select(i => (RemoteProgress)call.Report<int>(i))];
            await answering.InTime();

            Assert.All(arguments, argument => Assert.False(argument.IsOpen));
        }

        ActiveCall Rent()
        {
            Envelope envelope = EnvelopeReader.Read(request);
            return ActiveCall.Rent(conversation.Connection, in envelope, method);
        }
    }
}
