using System.Collections.Concurrent;
using System.Diagnostics;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// The secret that two peers share. It never travels, and neither <see cref="ToString"/> nor any message of this library shows it. Immutable; all members may
/// be used from any number of threads at once.
/// </summary>
public sealed class TrustId
{
    // A text is stretched once per process, however many objects are made of it.
    private static readonly ConcurrentDictionary<string, Lazy<KeySchedule>> Stretched = new(StringComparer.Ordinal);

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _secret;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Lazy<KeySchedule> _keys;

    internal TrustId(string secret, string source, IReadOnlyList<string> warnings)
    {
        (_secret, Source, Warnings) = (secret, source, warnings);
        IsGenerated = SecretText.IsGenerated(secret);
        _keys = IsGenerated ? Lazily(secret) : Stretched.GetOrAdd(secret, Lazily);
    }

    /// <summary>Whether the secret is a generated one, 256 random bits. Any other text can be guessed, the more easily the shorter it is.</summary>
    public bool IsGenerated { get; }

    /// <summary>
    /// Eight hexadecimal digits by which people compare the secrets of two ends; they tell nothing else about it. The first use for a text that is not
    /// generated takes some tenths of a second.
    /// </summary>
    public string Fingerprint => Keys.Fingerprint;

    /// <summary>Where the secret was found: <c>the variable TRUST_ID</c>, the path of a <c>.env</c> file, or <c>the program</c>.</summary>
    public string Source { get; }

    /// <summary>What an operator should be told about it, one sentence each, for a log; empty = nothing.</summary>
    public IReadOnlyList<string> Warnings { get; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal KeySchedule Keys => _keys.Value;

    /// <summary>Takes a secret from the program.</summary>
    /// <param name="text">At least 16 bytes of UTF-8 after removing white space at both ends; best what <c>keygen</c> printed.</param>
    /// <exception cref="TrustException">It is too short, not valid Unicode, or the placeholder of <c>.env.example</c> (<see cref="TrustFailure.NoUsableSecret"/>).</exception>
    public static TrustId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string Source = "the program";
        return TrustIdSource.Make(text, Source);
    }

    /// <summary>Makes a fresh secret of 256 random bits.</summary>
    public static TrustId Generate() => new(SecretText.Generate(), "the program", []);

    /// <summary>
    /// Takes the secret of this process: the environment variable <c>TRUST_ID</c>, else the same name in the nearest file <c>.env</c>, from the current directory
    /// upwards. An empty variable counts as not set.
    /// </summary>
    /// <exception cref="TrustException">
    /// There is none, it is unusable, or the file is malformed (<see cref="TrustFailure.NoUsableSecret"/>); the message says what to do.
    /// </exception>
    public static TrustId FromEnvironment() => TrustIdSource.OfProcess.Current();

    /// <summary>
    /// Takes the secrets that a server accepts beside the current one while secrets are exchanged: <c>TRUST_ID_PREVIOUS</c>, separated by commas, from the variable or,
    /// where <c>TRUST_ID</c> is not a variable either, from <c>.env</c>. Empty where there are none.
    /// </summary>
    /// <exception cref="TrustException">One is unusable, or the file is malformed (<see cref="TrustFailure.NoUsableSecret"/>).</exception>
    public static IReadOnlyList<TrustId> PreviousFromEnvironment() => TrustIdSource.OfProcess.Previous();

    /// <summary>The secret itself, for the one purpose of handing it to whoever will hold it, as <c>keygen</c> does. Never log it.</summary>
    public string ExportSecretText() => _secret;

    /// <summary>The fingerprint; never the secret.</summary>
    public override string ToString() => Fingerprint;

    private static Lazy<KeySchedule> Lazily(string secret) => new(() => KeySchedule.Derive(secret));
}
