using TrustRpc.Hosting;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>How <see cref="TrustStream"/> checks clients and proves itself to them. Immutable, so one object may serve any number of connections.</summary>
public sealed class TrustServerOptions
{
    /// <summary>
    /// The shared secret; null (the default) = <see cref="TrustId.FromEnvironment"/> and <see cref="TrustId.PreviousFromEnvironment"/> on every connection. A server of many
    /// connections takes them once and sets both.
    /// </summary>
    public TrustId? TrustId { get; init; }

    /// <summary>Further secrets that are accepted, while secrets are exchanged: those that <see cref="TrustId"/> replaces. Default: none.</summary>
    public IReadOnlyList<TrustId> PreviousTrustIds { get; init; } = [];

    /// <summary>This server's name, on which clients may insist: 1 to 128 bytes, no control characters. Default: process and machine. It travels in the clear.</summary>
    public string ServerName { get; init; } = ProcessIdentity.Name;

    /// <summary>What lies under the stream. Default <see cref="TrustChannel.Other"/>, which is always safe. <see cref="TrustChannel.Tls"/> needs <see cref="Certificate"/>.</summary>
    public TrustChannel Channel { get; init; }

    /// <summary>For <see cref="TrustChannel.Tls"/>: this server's leaf certificate in DER form as presented in this very connection. Not used otherwise.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>
    /// The modes allowed; null (the default) = by channel: both on <see cref="TrustChannel.Local"/> and <see cref="TrustChannel.Tls"/>, sealed on <see cref="TrustChannel.Other"/>.
    /// The client's order decides. Plain is chosen only where the client sees the same channel; naming it on <see cref="TrustChannel.Other"/> lets everyone on the way read and
    /// change what follows the handshake of clients that name it as well.
    /// </summary>
    public IReadOnlyList<HandshakeMode>? Modes { get; init; }

    /// <summary>The suites allowed for sealed mode; null (the default) = all that this platform has. The client's order decides.</summary>
    public IReadOnlyList<CipherSuite>? Suites { get; init; }

    /// <summary>The largest body of a frame in either direction, in bytes: 4,096 to 16,777,215, default 1 MiB. A client may name less.</summary>
    public int MaxFrameLength { get; init; } = TrustLimits.DefaultMaxFrameLength;

    /// <summary>Requests in flight that each side allows the other: at least 1, default 1,024. This layer only announces it.</summary>
    public int MaxCalls { get; init; } = 1024;

    /// <summary>After how long without a byte a side asks whether the other is alive: whole milliseconds up to 24 days, 0 = never, default 15 s. This layer only announces it.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the whole handshake may take: more than 0, at most 1 hour, default 5 s; infinite = the token alone ends it. The protocol counts from accepting, so set what is left of that.</summary>
    public TimeSpan Timeout { get; init; } = TrustLimits.DefaultTimeout;

    /// <summary>The clock of <see cref="Timeout"/>. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether the inner stream is left open when the handshake fails, a record does not open or the <see cref="TrustStream"/> is disposed. Default false.</summary>
    public bool LeaveInnerStreamOpen { get; init; }

    /// <summary>
    /// Given id and name of a client whose first proof fits, returns why it is turned away, or null to let it in. Default: all are let in. It must be quick and not block; it runs before
    /// the client has proven to be fresh, so it must change nothing.
    /// </summary>
    public Func<string, string, TrustRefusal?>? Admit { get; init; }

    /// <summary>Whether disposal of the stream ends its reads and writes. They are given no token then: a socket holds on to the last one it was given, for as long as its connection is silent.</summary>
    internal bool IsEndedByDisposal { get; init; }

    internal HandshakeEntropy Entropy { get; init; } = HandshakeEntropy.System;

    internal uint RekeyInterval { get; init; } = Records.RekeyInterval;

    internal ServerHandshakeSettings ToSettings()
    {
        TrustLimits.CheckName(ServerName, nameof(ServerName));
        TrustLimits.CheckCommon(Channel, Certificate, MaxFrameLength, Timeout);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxCalls, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepAlive, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(KeepAlive.TotalMilliseconds, int.MaxValue, nameof(KeepAlive));
        IReadOnlyList<CipherSuite> suites = Trust.Suites.Available(Suites);
        return new ServerHandshakeSettings
        {
            Keys = Secrets(),
            ServerName = ServerName,
            Channel = Channel,
            TlsBinding = Channel == TrustChannel.Tls ? ChannelBinding.For(Channel, Certificate.Span) : null,
            Modes = TrustLimits.CheckModes(Modes ?? Trust.Modes.AllowedByDefault(Channel), suites),
            Suites = suites,
            MaxFrame = MaxFrameLength,
            MaxCalls = MaxCalls,
            KeepAlive = KeepAlive,
            Admit = Admit,
        };
    }

    private KeySchedule[] Secrets()
    {
        IEnumerable<TrustId> previous = TrustId is null ? [.. TrustId.PreviousFromEnvironment(), .. PreviousTrustIds] : PreviousTrustIds;
        TrustId[] secrets = [TrustId ?? TrustId.FromEnvironment(), .. previous];
        foreach (TrustId secret in secrets)
        {
            SecretAdvice.LogOnce(secret);
        }

        return [.. secrets.Select(secret => secret.Keys)];
    }
}
