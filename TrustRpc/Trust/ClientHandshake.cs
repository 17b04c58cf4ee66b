using System.Security.Cryptography;
using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>The client's side of section 3.3. It sends hello and first proof at once; nothing that a server says makes it offer less.</summary>
internal sealed class ClientHandshake : Handshake
{
    private readonly ClientHandshakeSettings _settings;
    private readonly HandshakeEntropy _entropy;
    private readonly byte[] _nonce;
    private EphemeralKey? _key;
    private byte[]? _serverShare;
    private Stage _stage = Stage.Challenge;
    private Challenge? _challenge;
    private Refused? _refused;

    public ClientHandshake(ClientHandshakeSettings settings, HandshakeEntropy entropy)
    {
        (_settings, _entropy, _nonce) = (settings, entropy, entropy.CreateNonce());
        if (settings.Modes.Contains(HandshakeMode.Sealed)) _key = entropy.CreateKey();
        byte[] hello = new Hello
        {
            Nonce = _nonce,
            ClientId = settings.ClientId,
            ClientName = settings.ClientName,
            Channel = settings.Channel,
            Modes = settings.Modes,
            Suites = settings.Suites,
            Share = _key?.Share,
            Server = settings.ServerName,
            MaxFrame = settings.MaxFrame,
        }.Write();
        Append(hello);
        Transcript.AbsorbFromClient(hello);
        AppendProof();
        Transcript.AbsorbBinding(settings.Binding);
    }

    private enum Stage
    {
        Challenge,
        ChallengeProof,
        RefusalProof,
        Welcome,
        WelcomeProof,
    }

    public override bool IsPeerProven => _stage is Stage.Welcome or Stage.WelcomeProof;

    /// <summary>The server makes its answer; the pair of the next connection is made meanwhile, where that one will need it for certain.</summary>
    public override void WhileWaiting()
    {
        if (_stage == Stage.Challenge && !_settings.Modes.Contains(HandshakeMode.Plain)) _entropy.PrepareKey();
    }

    public override void Dispose()
    {
        base.Dispose();
        _key?.Dispose();
    }

    protected override void Step(ReadOnlySpan<byte> body)
    {
        switch (_stage)
        {
            case Stage.Challenge: TakeAnswer(body); break;
            case Stage.ChallengeProof: TakeChallengeProof(body); break;
            case Stage.RefusalProof: TakeRefusalProof(body); break;
            case Stage.Welcome: TakeWelcome(body); break;
            case Stage.WelcomeProof: TakeWelcomeProof(body); break;
        }
    }

    /// <summary>First asked for when the second proof has left, the transcript standing after it.</summary>
    protected override SessionSecrets? DeriveSecrets()
    {
        if (_serverShare is null) return null;
        using ECDiffieHellmanPublicKey share = EphemeralKey.ImportShare(_serverShare);
        return SessionSecrets.Derive(Agreement!.Suite!.Value, Transcript.Hash, _settings.Keys.SessionKey, _key!.Agree(share));
    }

    protected override TrustException Malformed(string detail) => _stage switch
    {
        Stage.Challenge => new(TrustFailure.NotTrustRpc, $"This is not a TrustRpc server: {detail}."),
        Stage.RefusalProof => Refusal(proven: false),
        _ => new(TrustFailure.Protocol, $"The server broke the rules of the handshake: {detail}."),
    };

    protected override TrustException Left(IOException? cause) => _stage switch
    {
        Stage.Challenge => new(TrustFailure.PeerLeft, "The server closed the connection without a word: it is not a TrustRpc server, or it takes no more connections now.", cause),
        Stage.RefusalProof => Refusal(proven: false),
        _ => new(TrustFailure.PeerLeft, "The server left before the handshake was over.", cause),
    };

    private void TakeAnswer(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader answer = StrictJson.Open(body);
        string type = MessageType.Of(answer);
        if (type == MessageType.Refused)
        {
            _refused = Refused.Parse(answer);
            _stage = Stage.RefusalProof;
            if (_refused.Code == Refused.Unauthenticated) Fail(Refusal(proven: false));
        }
        else
        {
            MessageType.Expect(type, MessageType.Challenge);
            _challenge = Challenge.Parse(answer);
            _stage = Stage.ChallengeProof;
        }

        Transcript.AbsorbFromServer(body);
    }

    private void TakeRefusalProof(ReadOnlySpan<byte> body)
        => Fail(Refusal(proven: Transcript.Verify(_settings.Keys.ServerProofKey, ProofMessage.Parse(body))));

    private void TakeChallengeProof(ReadOnlySpan<byte> body)
    {
        if (!Transcript.Verify(_settings.Keys.ServerProofKey, ProofMessage.Parse(body)))
        {
            Fail(new TrustException(TrustFailure.SomeoneInBetween, Refusals.InBetween(_settings.Channel)));
            return;
        }

        Transcript.AbsorbFromServer(body);
        Challenge challenge = _challenge!;
        CheckChallenge(challenge);
        if (_settings.ServerName is { } name && name != challenge.ServerName)
        {
            Fail(new TrustException(TrustFailure.WrongServer, $"Another server: it names itself '{challenge.ServerName}', not '{name}'."));
            return;
        }

        Agreement = Agree(challenge);
        AppendProof();
        _serverShare = challenge.Share;
        if (_serverShare is null) GiveBackKey();
        _stage = Stage.Welcome;
    }

    private void CheckChallenge(Challenge challenge)
    {
        if (challenge.Version != Hello.Version) throw new FormatException("it chose a version that was not offered");
        if (challenge.Nonce.AsSpan().SequenceEqual(_nonce)) throw new FormatException("its nonce is this client's own");
        if (challenge.Mode is not { } mode || !_settings.Modes.Contains(mode)) throw new FormatException("it chose a mode that was not offered");
        if (challenge.Features.Count > 0) throw new FormatException("it took features that were not offered");
        if (challenge.MaxFrame > _settings.MaxFrame) throw new FormatException("its maxFrame is more than was offered");
        bool isSealed = mode == HandshakeMode.Sealed;
        if (isSealed != (challenge.Suite is not null) || isSealed != (challenge.Share is not null))
            throw new FormatException("suite and share belong to sealed mode, both of them and there alone");
        if (!isSealed) return;
        if (Suites.Find(challenge.Suite!) is not { } suite || !_settings.Suites.Contains(suite)) throw new FormatException("it chose a suite that was not offered");
        if (_key!.Share.AsSpan().SequenceEqual(challenge.Share)) throw new FormatException("its share is this client's own");
        EphemeralKey.CheckShare(challenge.Share);
    }

    private Agreement Agree(Challenge challenge) => new()
    {
        PeerId = challenge.ServerName,
        PeerName = challenge.ServerName,
        Session = challenge.Session,
        Mode = challenge.Mode!.Value,
        Suite = challenge.Suite is { } suite ? Suites.Find(suite) : null,
        MaxFrame = challenge.MaxFrame,
        MaxCalls = challenge.MaxCalls,
        KeepAlive = TimeSpan.FromMilliseconds(challenge.KeepAlive),
        Fingerprint = _settings.Keys.Fingerprint,
    };

    private void GiveBackKey()
    {
        if (_key is not null) _entropy.GiveBackUnused(_key);
        _key = null;
    }

    private void TakeWelcome(ReadOnlySpan<byte> body)
    {
        _ = Secrets;
        MessageType.Expect(MessageType.Of(body), MessageType.Welcome);
        Transcript.AbsorbFromServer(body);
        _stage = Stage.WelcomeProof;
    }

    private void TakeWelcomeProof(ReadOnlySpan<byte> body)
    {
        if (!Transcript.Verify(_settings.Keys.ServerProofKey, ProofMessage.Parse(body)))
            throw new FormatException("the proof of its welcome does not fit");
        IsComplete = true;
    }

    private void AppendProof()
    {
        byte[] proof = ProofMessage.Write(Transcript.Prove(_settings.Keys.ClientProofKey));
        Append(proof);
        Transcript.AbsorbFromClient(proof);
    }

    private TrustException Refusal(bool proven) => Refusals.ToException(_refused!, proven, _settings);
}
