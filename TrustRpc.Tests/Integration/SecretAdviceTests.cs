using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Integration;

/// <summary>What the log says of a secret that is not as good as it could be.</summary>
public sealed class SecretAdviceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("advice-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Server_client_and_listener_tell_the_log_what_is_to_be_said_of_their_secret()
    {
        string text = TrustId.Generate().ExportSecretText();
        TrustId Secret(string end) => new(text, ".env", [$"The {end}'s .env can be read by {text[..8]}."]);
        using Advice heard = new(text[..8]);
        using DuplexPair pair = DuplexPair.Create();
        await using RpcServer server = new(new RpcServerOptions { TrustId = Secret("server") });

        Task<RpcConnection> accepting = server.AcceptAsync(pair.First);
        await using RpcClient client = await RpcClient.ConnectAsync(pair.Second, new RpcClientOptions { TrustId = Secret("client") }).InTime();
        await accepting.InTime();
        await using TrustListener listener = await TrustListener.ListenAsync(RpcEndpoint.Parse("tcp://127.0.0.1:0"), new RpcServerOptions { TrustId = Secret("listener") }).InTime();

        Assert.Equal(["The client's", "The listener's", "The server's"], heard.All.Select(advice => advice[..advice.IndexOf(" .env", StringComparison.Ordinal)]).Order());
    }

    [Fact]
    public async Task A_client_is_warned_once_of_a_secret_that_can_be_guessed()
    {
        TrustId secret = FromFile("a-text-of-someones-choosing", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using Advice heard = new(_root);
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Parse("a-text-of-someones-choosing") });
        await server.StartAsync($"unix://{_root}/s.sock").InTime();

        for (int i = 0; i < 3; i++)
        {
            await using RpcClient client = await RpcClient.ConnectAsync($"unix://{_root}/s.sock", new RpcClientOptions { TrustId = secret }).InTime();
        }

        string warning = Assert.Single(heard.All);
        Assert.Contains("keygen", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("someones", warning, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Whoever_proves_itself_without_RPC_is_warned_as_well_of_a_file_that_others_can_read()
    {
        TrustId secret = FromFile(TrustId.Generate().ExportSecretText(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using Advice heard = new(_root);

        await using (TrustListener listener = await TrustListener.ListenAsync(RpcEndpoint.Parse($"unix://{_root}/t.sock"), new RpcServerOptions { TrustId = secret }).InTime())
        {
            await using TrustStream client = await TrustStream.ConnectAsync(listener.Endpoint, new RpcClientOptions { TrustId = secret }).InTime();
        }

        Assert.Contains("chmod 600", Assert.Single(heard.All), StringComparison.Ordinal);
    }

    private TrustId FromFile(string secret, UnixFileMode mode)
    {
        string path = Path.Combine(_root, ".env");
        File.WriteAllText(path, $"TRUST_ID={secret}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
        return new TrustIdSource(static _ => null, _root).Current();
    }

    /// <summary>The advice that holds that text: other tests of this process are logged as well.</summary>
    private sealed class Advice(string text) : EventListener
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
