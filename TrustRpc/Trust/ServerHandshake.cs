using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>The server's side of section 3.3. Where the rules say "close without a byte" there is a <see cref="Handshake.Failure"/> and no output.</summary>
internal sealed class ServerHandshake(ServerHandshakeSettings settings, HandshakeEntropy entropy) : Handshake
{
    private static readonly byte[] Welcome = JsonBody.Write(MessageType.Welcome);
    private byte[]? _rawHello;
    private KeySchedule? _keys;
    private byte[]? _clientShare;
    private byte[]? _sharedX;
    private EphemeralKey? _key;
    private bool _isClientFresh;

    public override void Dispose()
    {
        base.Dispose();
        CryptographicOperations.ZeroMemory(_sharedX);
        _key?.Dispose();
    }

    /// <summary>The client checks the challenge; what the keys will be made of is agreed on meanwhile. Only who has shown to hold the secret, or replays one who did, costs as much.</summary>
    public override void WhileWaiting()
    {
        if (_clientShare is not null) Agree();
    }

    protected override void Step(ReadOnlySpan<byte> body)
    {
        if (_rawHello is null)
            _rawHello = body.ToArray();
        else if (_keys is null)
            TakeFirstProof(body);
        else
            TakeSecondProof(body);
    }

    /// <summary>First asked for when the welcome is written, the transcript standing after the client's second proof.</summary>
    protected override SessionSecrets? DeriveSecrets() => _isClientFresh && _key is not null
        ? SessionSecrets.Derive(Agreement!.Suite!.Value, Transcript.Hash, _keys!.SessionKey, Agree())
        : null;

    protected override TrustException Malformed(string detail)
        => new(TrustFailure.Protocol, $"The client broke the rules of the handshake: {detail}.");

    protected override TrustException Left(IOException? cause) => new(TrustFailure.PeerLeft, "The client left before the handshake was over.", cause);

    /// <summary>The proof is checked over the raw hello before anything of that is parsed: strangers reach no parser but the proof's.</summary>
    private void TakeFirstProof(ReadOnlySpan<byte> body)
    {
        byte[] mac = ProofMessage.Parse(body);
        Transcript.AbsorbFromClient(_rawHello);
        foreach (KeySchedule candidate in settings.Keys)
        {
            if (Transcript.Verify(candidate.ClientProofKey, mac)) _keys ??= candidate;
        }

        if (_keys is null)
        {
            Append(Refused.WrongProof.Write());
            Fail(new TrustException(TrustFailure.SecretDiffers, "The client's TRUST_ID differs from the server's: its proof does not fit."));
            return;
        }

        Transcript.AbsorbFromClient(body);
        AnswerHello(Hello.Parse(_rawHello));
    }

    private void AnswerHello(Hello hello)
    {
        byte[]? binding = hello.Channel == TrustChannel.Tls ? settings.TlsBinding : [];
        Transcript.AbsorbBinding(binding);
        if (!hello.OffersOurVersion)
            Refuse(TrustFailure.VersionRefused, new Refused { Code = Refused.Version, Message = $"This server speaks version {Hello.Version}." });
        else if (hello.Server is not null && hello.Server != settings.ServerName)
            Refuse(TrustFailure.WrongServer, new Refused { Code = Refused.WrongServer, Message = "This server has another name." });
        else if (binding is null || Choose(hello) is not { } chosen)
            Refuse(TrustFailure.ModeRefused, new Refused { Code = Refused.Mode, Message = "This server allows none of the modes offered for such a connection." });
        else if (settings.Admit?.Invoke(hello.ClientId, hello.ClientName) is { } refusal)
            Refuse(refusal.Failure, refusal.ToMessage());
        else
            SendChallenge(hello, chosen.Mode, chosen.Suite);
    }

    /// <summary>The first of the client's modes that this server allows, and for sealed the first of its suites that both have.</summary>
    private (HandshakeMode Mode, CipherSuite? Suite)? Choose(Hello hello)
    {
        foreach (HandshakeMode mode in hello.Modes)
        {
            if (!settings.Modes.Contains(mode)) continue;
            if (mode == HandshakeMode.Plain)
            {
                if (hello.Channel == settings.Channel) return (mode, null);
                continue;
            }

            foreach (CipherSuite suite in hello.Suites)
            {
                if (settings.Suites.Contains(suite)) return (mode, suite);
            }
        }

        return null;
    }

    private void Refuse(TrustFailure failure, Refused refused)
    {
        byte[] body = refused.Write();
        Append(body);
        Transcript.AbsorbFromServer(body);
        AppendProof();
        Fail(new TrustException(failure, $"The client was refused: {refused.Message}"));
    }

    private void SendChallenge(Hello hello, HandshakeMode mode, CipherSuite? suite)
    {
        byte[] nonce = entropy.CreateNonce();
        if (nonce.AsSpan().SequenceEqual(hello.Nonce)) throw new FormatException("the client's nonce is this server's own");
        if (mode == HandshakeMode.Sealed) TakeShare(hello.Share!);
        string session = Convert.ToHexStringLower(entropy.CreateSession());
        int maxFrame = Math.Min(settings.MaxFrame, hello.MaxFrame ?? settings.MaxFrame);
        byte[] body = new Challenge
        {
            Nonce = nonce,
            ServerName = settings.ServerName,
            Mode = mode,
            Suite = suite is { } named ? Suites.Name(named) : null,
            Share = _key?.Share,
            Session = session,
            MaxFrame = maxFrame,
            MaxCalls = settings.MaxCalls,
            KeepAlive = (int)settings.KeepAlive.TotalMilliseconds,
        }.Write();
        Append(body);
        Transcript.AbsorbFromServer(body);
        AppendProof();
        Agreement = new Agreement
        {
            PeerId = hello.ClientId,
            PeerName = hello.ClientName,
            Session = session,
            Mode = mode,
            Suite = suite,
            MaxFrame = maxFrame,
            MaxCalls = settings.MaxCalls,
            KeepAlive = settings.KeepAlive,
            Fingerprint = _keys!.Fingerprint,
        };
    }

    private void TakeShare(byte[] share)
    {
        EphemeralKey.CheckShare(share);
        _clientShare = share;
        _key = entropy.CreateKey();
        if (_key.Share.AsSpan().SequenceEqual(share)) throw new FormatException("the client's share is this server's own");
    }

    private byte[] Agree()
    {
        if (_sharedX is null)
        {
            using ECDiffieHellmanPublicKey client = EphemeralKey.ImportShare(_clientShare);
            _sharedX = _key!.Agree(client);
        }

        return _sharedX;
    }

    private void TakeSecondProof(ReadOnlySpan<byte> body)
    {
        if (!Transcript.Verify(_keys!.ClientProofKey, ProofMessage.Parse(body)))
        {
            Fail(new TrustException(TrustFailure.SomeoneInBetween, "The client's second proof does not fit: its first was replayed, or someone stands in between."));
            return;
        }

        Transcript.AbsorbFromClient(body);
        _isClientFresh = true;
        Append(Welcome);
        Transcript.AbsorbFromServer(Welcome);
        AppendProof();
        IsComplete = true;
    }

    private void AppendProof()
    {
        byte[] proof = ProofMessage.Write(Transcript.Prove(_keys!.ServerProofKey));
        Append(proof);
        Transcript.AbsorbFromServer(proof);
    }
}
