using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

/// <summary>The rules under the table of section 3.3, one by one, on the pure machines.</summary>
public class HandshakeRulesTests
{
    private static readonly KeySchedule Keys = TrustPair.Secret.Keys;
    private static readonly KeySchedule Others = TrustId.Generate().Keys;

    [Fact]
    public void Another_secret_gets_the_uniform_refusal_and_the_client_hears_a_hint()
    {
        using ClientHandshake client = Client();
        using ServerHandshake server = Server(settings => settings with { Keys = [Others] });
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.SecretDiffers, server.Failure?.Failure);
        Assert.Equal(TrustFailure.SecretDiffers, client.Failure?.Failure);
        Assert.False(client.Failure!.Proven);
        Assert.StartsWith("TRUST_ID differs from the server's", client.Failure.Message);
        Assert.Contains(Keys.Fingerprint, client.Failure.Message);
    }

    [Fact]
    public void A_secret_that_is_being_replaced_is_accepted_and_used_throughout()
    {
        using ClientHandshake client = Client();
        using ServerHandshake server = Server(settings => settings with { Keys = [Others, Keys] });
        HandshakeMachines.Run(client, server);
        Assert.True(client.IsComplete && server.IsComplete);
        Assert.Equal(Keys.Fingerprint, server.Agreement!.Fingerprint);
    }

    [Theory]
    [InlineData(TrustChannel.Local, TrustChannel.Local, HandshakeMode.Plain)]
    [InlineData(TrustChannel.Tls, TrustChannel.Tls, HandshakeMode.Plain)]
    [InlineData(TrustChannel.Other, TrustChannel.Other, HandshakeMode.Sealed)]
    [InlineData(TrustChannel.Local, TrustChannel.Other, HandshakeMode.Sealed)]
    [InlineData(TrustChannel.Other, TrustChannel.Local, HandshakeMode.Sealed)]
    [InlineData(TrustChannel.Tls, TrustChannel.Local, null)]
    [InlineData(TrustChannel.Tls, TrustChannel.Other, null)]
    [InlineData(TrustChannel.Local, TrustChannel.Tls, HandshakeMode.Sealed)]
    public void The_defaults_choose_plain_only_where_both_see_the_same_channel(TrustChannel clientSees, TrustChannel serverSees, HandshakeMode? expected)
    {
        using ClientHandshake client = Client(settings => settings with
        {
            Channel = clientSees,
            Binding = ChannelBinding.For(clientSees, [1]),
            Modes = Modes.OfferedByDefault(clientSees),
        });
        using ServerHandshake server = Server(settings => settings with
        {
            Channel = serverSees,
            TlsBinding = serverSees == TrustChannel.Tls ? ChannelBinding.For(serverSees, [1]) : null,
            Modes = Modes.AllowedByDefault(serverSees),
        });
        HandshakeMachines.Run(client, server);
        Assert.Equal(expected, client.Agreement?.Mode);
        Assert.Equal(expected is null ? TrustFailure.ModeRefused : null, client.Failure?.Failure);
    }

    [Fact]
    public void Plain_on_other_needs_both_ends_to_name_it()
    {
        using ClientHandshake client = Client(settings => settings with { Channel = TrustChannel.Other, Modes = [HandshakeMode.Plain] });
        using ServerHandshake server = Server(settings => settings with { Channel = TrustChannel.Other, Modes = Modes.AllowedByDefault(TrustChannel.Other) });
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.ModeRefused, client.Failure?.Failure);
        Assert.True(client.Failure!.Proven);
    }

    [Fact]
    public void The_clients_order_decides_among_what_the_server_allows()
    {
        using ClientHandshake client = Client(settings => settings with
        {
            Modes = [HandshakeMode.Sealed, HandshakeMode.Plain],
            Suites = [CipherSuite.ChaCha20Poly1305, CipherSuite.Aes256Gcm],
        });
        using ServerHandshake server = Server();
        HandshakeMachines.Run(client, server);
        Assert.Equal(CipherSuite.ChaCha20Poly1305, client.Agreement!.Suite);
        Assert.Equal(client.Secrets!.ClientToServer, server.Secrets!.ClientToServer);
    }

    [Fact]
    public void Without_a_common_suite_sealed_is_no_common_mode()
    {
        using ClientHandshake client = Client(settings => settings with { Modes = [HandshakeMode.Sealed], Suites = [CipherSuite.ChaCha20Poly1305] });
        using ServerHandshake server = Server(settings => settings with { Suites = [CipherSuite.Aes256Gcm] });
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.ModeRefused, client.Failure?.Failure);
    }

    [Fact]
    public void A_server_with_another_name_refuses_with_a_proof()
    {
        using ClientHandshake client = Client(settings => settings with { ServerName = "billing" });
        using ServerHandshake server = Server();
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.WrongServer, client.Failure?.Failure);
        Assert.True(client.Failure!.Proven);
    }

    [Fact]
    public void A_server_that_turns_a_client_away_says_so_with_a_proof_and_a_time()
    {
        using ClientHandshake client = Client();
        using ServerHandshake server = Server(settings => settings with
        {
            Admit = (id, name) => id == "client" && name == "Client" ? TrustRefusal.Busy("Come back.", TimeSpan.FromHours(1)) : null,
        });
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.Busy, client.Failure?.Failure);
        Assert.Equal(TimeSpan.FromMinutes(1), client.Failure!.RetryAfter);
        Assert.Contains("Come back.", client.Failure.Message);
    }

    [Fact]
    public void A_time_suggested_without_proof_does_not_count()
    {
        using ClientHandshake client = Client();
        client.Receive("""{"type":"refused","code":"busy","message":"x\u001b[2J","retryAfter":5000}"""u8);
        Assert.Null(client.Failure);
        client.PeerLeft();
        Assert.Equal(TrustFailure.Busy, client.Failure?.Failure);
        Assert.False(client.Failure!.Proven);
        Assert.Null(client.Failure.RetryAfter);
        Assert.DoesNotContain("\u001b", client.Failure.Message);
    }

    [Fact]
    public void Another_certificate_means_that_someone_stands_in_between()
    {
        using ClientHandshake client = Client(settings => settings with { Channel = TrustChannel.Tls, Binding = ChannelBinding.For(TrustChannel.Tls, [1]) });
        using ServerHandshake server = Server(settings => settings with { Channel = TrustChannel.Tls, TlsBinding = ChannelBinding.For(TrustChannel.Tls, [2]) });
        HandshakeMachines.Run(client, server);
        Assert.Equal(TrustFailure.SomeoneInBetween, client.Failure?.Failure);
        Assert.False(server.IsComplete);
    }

    [Fact]
    public void A_client_closes_when_what_the_server_chose_was_not_offered()
    {
        AssertRefuses(challenge => challenge with { Version = 2 });
        AssertRefuses(challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "aes256-gcm", Share = ValidShare() }, HandshakeMode.Plain);
        AssertRefuses(challenge => challenge with { Nonce = Fixed("client").Nonce });
        AssertRefuses(challenge => challenge with { MaxFrame = 1 << 21 });
        AssertRefuses(challenge => challenge with { Suite = "aes256-gcm", Share = ValidShare() });
        AssertRefuses(challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "rot13", Share = ValidShare() });
        AssertRefuses(challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "aes256-gcm", Share = new byte[65] });
        AssertRefuses(challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "aes256-gcm", Share = OffCurve() });
        AssertRefuses(challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "aes256-gcm", Share = Fixed("client").Share });
    }

    [Fact]
    public void A_challenge_that_the_client_may_take_is_taken()
    {
        using ClientHandshake client = FixedClient();
        AnswerWith(client, challenge => challenge);
        Assert.Null(client.Failure);
        Assert.NotNull(client.Agreement);
    }

    [Fact]
    public void A_reflected_nonce_or_share_or_a_point_off_the_curve_closes_without_a_byte()
    {
        AssertClosedSilently(Fixed("server"), hello => hello with { Nonce = Fixed("server").Nonce, Modes = [HandshakeMode.Plain], Share = null });
        AssertClosedSilently(Fixed("server"), hello => hello with { Share = Fixed("server").Share });
        AssertClosedSilently(Fixed("server"), hello => hello with { Share = OffCurve() });
        AssertClosedSilently(Fixed("server"), hello => hello with { Share = [5, .. ValidShare()[1..]] });
    }

    [Fact]
    public void A_replayed_hello_does_not_get_past_the_second_proof()
    {
        HandshakeVector vector = HandshakeVectors.Find("plain");
        using ServerHandshake server = new(vector.ServerSettings, HandshakeEntropy.System);
        server.ReceiveAll(vector.Frames[0].Body, vector.Frames[1].Body);
        Assert.Equal(2, server.TakeOutput().Count);
        server.ReceiveAll(vector.Frames[4].Body);
        Assert.Equal(TrustFailure.SomeoneInBetween, server.Failure?.Failure);
        Assert.Empty(server.TakeOutput());
        Assert.False(server.IsComplete);
    }

    [Fact]
    public void Frames_out_of_order_are_errors()
    {
        HandshakeVector vector = HandshakeVectors.Find("plain");
        using ServerHandshake server = vector.CreateServer();
        server.ReceiveAll(vector.Frames[1].Body, vector.Frames[0].Body);
        Assert.Equal(TrustFailure.Protocol, server.Failure?.Failure);
        Assert.Empty(server.TakeOutput());
        using ClientHandshake client = vector.CreateClient();
        client.ReceiveAll(vector.Frames[3].Body);
        Assert.Equal(TrustFailure.NotTrustRpc, client.Failure?.Failure);
        using ClientHandshake hasty = vector.CreateClient();
        hasty.ReceiveAll(vector.Frames[2].Body, vector.Frames[3].Body, vector.Frames[6].Body);
        Assert.Equal(TrustFailure.Protocol, hasty.Failure?.Failure);
    }

    [Fact]
    public void A_refusal_stands_only_in_the_place_of_a_challenge()
    {
        HandshakeVector vector = HandshakeVectors.Find("plain");
        using ClientHandshake client = vector.CreateClient();
        client.ReceiveAll(vector.Frames[2].Body, vector.Frames[3].Body, Refused.WrongProof.Write());
        Assert.Equal(TrustFailure.Protocol, client.Failure?.Failure);
    }

    [Fact]
    public void A_key_pair_that_agreed_on_nothing_is_handed_back_and_a_used_one_never()
    {
        FixedEntropy plain = Fixed("client"), sealedMode = Fixed("client");
        using ClientHandshake first = new(ClientSettings, plain);
        AnswerWith(first, challenge => challenge);
        Assert.Equal(1, plain.GivenBack);
        using ClientHandshake second = new(ClientSettings, sealedMode);
        AnswerWith(second, challenge => challenge with { Mode = HandshakeMode.Sealed, Suite = "aes256-gcm", Share = ValidShare() });
        Assert.NotNull(second.Secrets);
        Assert.Equal(0, sealedMode.GivenBack);
    }

    private static ClientHandshakeSettings ClientSettings { get; } = new()
    {
        Keys = Keys,
        ClientId = "client",
        ClientName = "Client",
        Channel = TrustChannel.Local,
        Modes = [HandshakeMode.Plain, HandshakeMode.Sealed],
        Suites = Suites.Available(null),
        MaxFrame = 1 << 20,
    };

    private static ServerHandshakeSettings ServerSettings { get; } = new()
    {
        Keys = [Keys],
        ServerName = "orders",
        Channel = TrustChannel.Local,
        Modes = [HandshakeMode.Plain, HandshakeMode.Sealed],
        Suites = Suites.Available(null),
        MaxFrame = 1 << 20,
        MaxCalls = 10,
        KeepAlive = TimeSpan.Zero,
    };

    private static ClientHandshake Client(Func<ClientHandshakeSettings, ClientHandshakeSettings>? change = null)
        => new(change?.Invoke(ClientSettings) ?? ClientSettings, HandshakeEntropy.System);

    private static ServerHandshake Server(Func<ServerHandshakeSettings, ServerHandshakeSettings>? change = null)
        => new(change?.Invoke(ServerSettings) ?? ServerSettings, HandshakeEntropy.System);

    private static ClientHandshake FixedClient() => new(ClientSettings, Fixed("client"));

    private static FixedEntropy Fixed(string role) => (FixedEntropy)HandshakeVectors.Find("sealed, AES-256-GCM").Entropy(role);

    private static byte[] ValidShare() => Fixed("server").Share!;

    private static byte[] OffCurve()
    {
        byte[] share = [.. ValidShare()];
        share[64] ^= 1;
        return share;
    }

    private static void AssertRefuses(Func<Challenge, Challenge> change, params HandshakeMode[] offered)
    {
        ClientHandshakeSettings settings = offered.Length > 0 ? ClientSettings with { Modes = offered } : ClientSettings;
        using ClientHandshake client = new(settings, Fixed("client"));
        AnswerWith(client, change);
        Assert.Equal(TrustFailure.Protocol, client.Failure?.Failure);
    }

    /// <summary>Plays a server that holds the secret and says whatever it is told to.</summary>
    private static void AnswerWith(ClientHandshake client, Func<Challenge, Challenge> change)
    {
        Transcript transcript = new();
        foreach (byte[] body in client.TakeOutput())
            transcript.AbsorbFromClient(body);
        transcript.AbsorbBinding([]);
        byte[] challenge = change(new Challenge
        {
            Nonce = Fixed("server").Nonce,
            ServerName = "orders",
            Mode = HandshakeMode.Plain,
            Session = new string('0', 32),
            MaxFrame = 1 << 20,
            MaxCalls = 1,
            KeepAlive = 0,
        }).Write();
        transcript.AbsorbFromServer(challenge);
        client.ReceiveAll(challenge, ProofMessage.Write(transcript.Prove(Keys.ServerProofKey)));
    }

    /// <summary>Plays a client that holds the secret and says whatever it is told to.</summary>
    private static void AssertClosedSilently(FixedEntropy entropy, Func<Hello, Hello> change)
    {
        using ServerHandshake server = new(ServerSettings, entropy);
        byte[] hello = change(new Hello
        {
            Nonce = Fixed("client").Nonce,
            ClientId = "client",
            ClientName = "Client",
            Channel = TrustChannel.Local,
            Modes = [HandshakeMode.Sealed],
            Suites = [CipherSuite.Aes256Gcm],
            Share = Fixed("client").Share,
        }).Write();
        Transcript transcript = new();
        transcript.AbsorbFromClient(hello);
        server.ReceiveAll(hello, ProofMessage.Write(transcript.Prove(Keys.ClientProofKey)));
        Assert.Equal(TrustFailure.Protocol, server.Failure?.Failure);
        Assert.Empty(server.TakeOutput());
    }
}
