using System.Text;

namespace TrustRpc.Trust;

/// <summary>Finds the secrets of this process: an environment variable, else the nearest <c>.env</c> from a directory upwards.</summary>
/// <param name="variable">Reads an environment variable; null or empty = not set.</param>
/// <param name="directory">Where the search for <c>.env</c> begins; null = nowhere, there is none.</param>
internal sealed class TrustIdSource(Func<string, string?> variable, string? directory)
{
    public const string CurrentName = "TRUST_ID";
    public const string PreviousName = "TRUST_ID_PREVIOUS";
    private const string FileName = ".env";
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static TrustIdSource OfProcess => new(Environment.GetEnvironmentVariable, CurrentDirectory());

    /// <exception cref="TrustException">There is none, or it is unusable.</exception>
    public TrustId Current()
    {
        if (Variable(CurrentName) is { } value) return Make(value, CurrentName, $"the variable {CurrentName}", []);
        if (FindFile() is not { } path)
            throw SecretText.Unusable($"{CurrentName} is not set, and no {FileName} was found in {directory ?? "the current directory, which is gone or closed to this user,"} or above it. Set it or {SecretText.HowToMakeOne}");
        if (!Load(path).TryGetValue(CurrentName, out value) || value.Length == 0)
            throw SecretText.Unusable($"{CurrentName} is not set, and {path} does not hold it. Set it or {SecretText.HowToMakeOne}");
        return Make(value, CurrentName, path, FileWarnings(path));
    }

    /// <summary>
    /// The secrets that servers accept beside the current one. Where the current one is a variable, <c>.env</c> is not asked: nobody expects a file that
    /// happens to lie there to add a secret.
    /// </summary>
    /// <exception cref="TrustException">One is unusable.</exception>
    public IReadOnlyList<TrustId> Previous()
    {
        if (Variable(PreviousName) is { } value) return Split(value, $"the variable {PreviousName}", []);
        if (Variable(CurrentName) is not null || FindFile() is not { } path) return [];
        return Load(path).TryGetValue(PreviousName, out value) ? Split(value, path, FileWarnings(path)) : [];
    }

    /// <summary>What else is set in the same places; null = nothing of that name.</summary>
    /// <param name="name">Of the variable and of the entry in the file.</param>
    /// <param name="source">Where it was found; null = nowhere.</param>
    /// <param name="warning">What is wrong with the file, where the rest of it was taken all the same; null = nothing.</param>
    /// <exception cref="TrustException">
    /// The file is malformed or cannot be read, and the secret is to come from it as well, or the name stands in a malformed line.
    /// </exception>
    public string? Other(string name, out string? source, out string? warning)
    {
        warning = null;
        source = $"the variable {name}";
        if (Variable(name) is { } value) return value;
        source = FindFile();
        if (source is not null)
        {
            IReadOnlyDictionary<string, string> entries = Read(source, out string text, out TrustException? problem);
            bool isMeant = !entries.ContainsKey(name) && text.Split('\n').Any(line => line.Contains(name, StringComparison.Ordinal) && !line.TrimStart().StartsWith('#'));

            // A process whose secret is a variable needs no file, so one that happens to lie there does not stop it.
            if (problem is not null && (isMeant || Variable(CurrentName) is null)) throw problem;
            warning = problem is null ? null : $"{problem.Message} It is passed over.";
            if (entries.TryGetValue(name, out value) && value.Length > 0) return value;
        }

        source = null;
        return null;
    }

    private static List<TrustId> Split(string value, string source, IReadOnlyList<string> warnings)
        => [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text => Make(text, PreviousName, source, warnings))];

    /// <summary>A secret that was found somewhere else.</summary>
    /// <exception cref="TrustException">It is unusable.</exception>
    public static TrustId Make(string text, string source) => Make(text, "The secret", source, []);

    private static TrustId Make(string text, string name, string source, IReadOnlyList<string> warnings)
    {
        string secret = SecretText.Normalise(text, source);
        if (!SecretText.IsGenerated(secret))
            warnings = [.. warnings, $"{name} from {source} is a text of someone's choosing, which can be guessed; {SecretText.HowToMakeOne}"];
        return new TrustId(secret, source, warnings);
    }

    private static IReadOnlyDictionary<string, string> Load(string path)
    {
        IReadOnlyDictionary<string, string> entries = Read(path, out _, out TrustException? problem);
        return problem is null ? entries : throw problem;
    }

    private static IReadOnlyDictionary<string, string> Read(string path, out string text, out TrustException? problem)
    {
        try
        {
            text = File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            text = "";
            problem = new TrustException(TrustFailure.NoUsableSecret, $"{path} cannot be read: it must be a UTF-8 text that this user may read.", failure);
            return new Dictionary<string, string>();
        }

        IReadOnlyDictionary<string, string> entries = EnvFile.Parse(text, out int malformedLine, out bool isQuoteOpen);
        problem = malformedLine == 0 ? null : SecretText.Unusable($"{path}, line {malformedLine}: {(isQuoteOpen ? "the quote before the value is not closed in that line" : "expected NAME=value, a comment or nothing")}.");
        return entries;
    }

    private static IReadOnlyList<string> FileWarnings(string path)
        => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0
            ? [$"{path} can be read or changed by others on this machine; run: chmod 600 {path}"]
            : [];

    // A service whose directory was removed under it still has its variables.
    private static string? CurrentDirectory()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;

    private string? FindFile()
    {
        for (DirectoryInfo? place = directory is null ? null : new(directory); place is not null; place = place.Parent)
        {
            string path = Path.Combine(place.FullName, FileName);
            if (File.Exists(path)) return path;
        }

        return null;
    }
}
