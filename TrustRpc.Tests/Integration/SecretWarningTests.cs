using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What is to be said of a secret, such as that others can read the file that it came from, is in the log of every end that uses it.</summary>
public sealed class SecretWarningTests
{
    [Fact]
    public async Task Server_client_and_listener_tell_the_log_what_is_to_be_said_of_their_secret()
    {
        string text = TrustId.Generate().ExportSecretText();
        TrustId Secret(string end) => new(text, ".env", [$"The {end}'s .env can be read by {text[..8]}."]);
        using Advices advices = new(text[..8]);
        using DuplexPair pair = DuplexPair.Create();
        await using RpcServer server = new(new RpcServerOptions { TrustId = Secret("server") });

        Task<RpcConnection> accepting = server.AcceptAsync(pair.First);
        await using RpcClient client = await RpcClient.ConnectAsync(pair.Second, new RpcClientOptions { TrustId = Secret("client") }).InTime();
        await accepting.InTime();
        await using TrustListener listener = await TrustListener.ListenAsync(RpcEndpoint.Parse("tcp://127.0.0.1:0"), new RpcServerOptions { TrustId = Secret("listener") }).InTime();

        Assert.Equal(["The client's", "The listener's", "The server's"], advices.All.Select(advice => advice[..advice.IndexOf(" .env", StringComparison.Ordinal)]).Order());
    }

    private sealed class Advices(string text) : EventListener
    {
        public ConcurrentQueue<string> All { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "TrustRpc") EnableEvents(eventSource, EventLevel.Warning);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == "Advice" && $"{eventData.Payload![0]}".Contains(text, StringComparison.Ordinal)) All.Enqueue($"{eventData.Payload[0]}");
        }
    }
}
