using TrustRpc.Hosting;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>How <see cref="TrustStream"/> proves itself to a server. Immutable, so one object may serve any number of connections.</summary>
public sealed class TrustClientOptions
{
    /// <summary>The shared secret; null (the default) = <see cref="TrustId.FromEnvironment"/> on every connection.</summary>
    public TrustId? TrustId { get; init; }

    /// <summary>Names this client across connections: 1 to 128 bytes, no control characters. Default: <c>~</c> and 16 digits by chance, of this object alone. It grants nothing, and travels in the clear.</summary>
    public string ClientId { get => LazyInitializer.EnsureInitialized(ref field, ProcessIdentity.NewClientId); init; }

    /// <summary>This client's name for people: 1 to 128 bytes, no control characters. Default: process and machine. It travels in the clear.</summary>
    public string ClientName { get; init; } = ProcessIdentity.Name;

    /// <summary>
    /// The name that the server must prove to have; null (the default) = any. Set it where one secret serves several servers, or where a process is both client and server:
    /// without it any of them can stand for any other.
    /// </summary>
    public string? ServerName { get; init; }

    /// <summary>What lies under the stream. Default <see cref="TrustChannel.Other"/>, which is always safe. <see cref="TrustChannel.Tls"/> needs <see cref="Certificate"/>.</summary>
    public TrustChannel Channel { get; init; }

    /// <summary>For <see cref="TrustChannel.Tls"/>: the server's leaf certificate in DER form as it arrived in this very connection. Not used otherwise.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>
    /// The modes offered, best first; null (the default) = by channel: plain then sealed on <see cref="TrustChannel.Local"/>, plain on <see cref="TrustChannel.Tls"/>, sealed on
    /// <see cref="TrustChannel.Other"/>. Naming plain on <see cref="TrustChannel.Other"/> lets everyone on the way read and change what follows the handshake.
    /// </summary>
    public IReadOnlyList<HandshakeMode>? Modes { get; init; }

    /// <summary>The suites offered for sealed mode, best first; null (the default) = all that this platform has. Those that it does not have are left out.</summary>
    public IReadOnlyList<CipherSuite>? Suites { get; init; }

    /// <summary>The largest body of a frame that this side takes, in bytes: 4,096 to 16,777,215, default 1 MiB. The server may choose less for both directions.</summary>
    public int MaxFrameLength { get; init; } = TrustLimits.DefaultMaxFrameLength;

    /// <summary>How long the whole handshake may take: more than 0, at most 1 hour, default 5 s; infinite = the token alone ends it.</summary>
    public TimeSpan Timeout { get; init; } = TrustLimits.DefaultTimeout;

    /// <summary>The clock of <see cref="Timeout"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether the inner stream is left open when the handshake fails, a record does not open or the <see cref="TrustStream"/> is disposed. Default false.</summary>
    public bool LeaveInnerStreamOpen { get; init; }

    /// <summary>
    /// Whether it is done as soon as the server is known and proven, without waiting for its welcome, which saves a round trip: for a client that speaks first and then reads. That the server
    /// has accepted this client is known with the first read, which fails as the handshake would have; where the welcome was not read within <see cref="Timeout"/>, the inner
    /// stream is disposed. Default false. It has no effect where the inner stream is to be left open, because then nothing could end a read.
    /// </summary>
    public bool CompleteEarly { get; init; }

    internal HandshakeEntropy Entropy { get; init; } = HandshakeEntropy.System;

    internal uint RekeyInterval { get; init; } = Records.RekeyInterval;

    internal ClientHandshakeSettings ToSettings()
    {
        TrustLimits.CheckName(ClientId, nameof(ClientId));
        TrustLimits.CheckName(ClientName, nameof(ClientName));
        if (ServerName is not null) TrustLimits.CheckName(ServerName, nameof(ServerName));
        TrustLimits.CheckCommon(Channel, Certificate, MaxFrameLength, Timeout);
        IReadOnlyList<CipherSuite> suites = Trust.Suites.Available(Suites);
        TrustId trustId = TrustId ?? TrustId.FromEnvironment();
        SecretAdvice.LogOnce(trustId);
        return new ClientHandshakeSettings
        {
            Keys = trustId.Keys,
            ClientId = ClientId,
            ClientName = ClientName,
            ServerName = ServerName,
            Channel = Channel,
            Binding = ChannelBinding.For(Channel, Certificate.Span),
            Modes = TrustLimits.CheckModes(Modes ?? Trust.Modes.OfferedByDefault(Channel), suites),
            Suites = suites,
            MaxFrame = MaxFrameLength,
        };
    }
}
