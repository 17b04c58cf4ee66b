using System.Diagnostics;
using Npgsql;

namespace TrustRpc.IntegrationTests;

/// <summary>A PostgreSQL server of these tests' own, from Debian's package or wherever else its programs lie: a fresh cluster in a directory of its own, reached over a Unix socket alone.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private string _directory = "";
    private Process? _server;

    /// <summary>Why there is none; null = there is one.</summary>
    public static string? WhyNot { get; } = OperatingSystem.IsWindows() ? "The tests start PostgreSQL on Unix alone."
        : FindPrograms() is null ? "PostgreSQL is not installed: no initdb in PATH or under /usr/lib/postgresql (Debian: apt-get install postgresql)."
        : Environment.IsPrivilegedProcess && !File.Exists("/usr/sbin/runuser") ? "PostgreSQL does not run as root, and there is no runuser to become somebody else."
        : null;

    public NpgsqlDataSource Open() => NpgsqlDataSource.Create($"Host={_directory};Username=tests;Database=postgres;Timeout=60");

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
        {
            return;
        }

        _directory = Directory.CreateTempSubdirectory("trpg").FullName;
        string cluster = Path.Combine(_directory, "cluster");
        string programs = FindPrograms()!;
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", _directory);
        }

        await RunAsync(Path.Combine(programs, "initdb"), "-D", cluster, "-U", "tests", "--auth=trust", "--encoding=UTF8", "--no-sync");
        _server = Start(Path.Combine(programs, "postgres"), "-D", cluster, "-k", _directory, "-c", "listen_addresses=", "-c", "fsync=off");
        await AnswersAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is { } server)
        {
            NpgsqlConnection.ClearAllPools();
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task AnswersAsync()
    {
        long end = Stopwatch.GetTimestamp() + (long)(Limit.TotalSeconds * Stopwatch.Frequency);
        while (true)
        {
            try
            {
                await using NpgsqlDataSource database = Open();
                await using NpgsqlConnection connection = await database.OpenConnectionAsync();
                return;
            }
            catch (NpgsqlException) when (!_server!.HasExited && Stopwatch.GetTimestamp() < end)
            {
                await Task.Delay(50);
            }
        }
    }

    private static async Task RunAsync(string program, params string[] words)
    {
        using Process process = Start(program, words);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}.");
    }

    // PostgreSQL refuses to run as root: then it runs as the user that Debian's package has made.
    private static Process Start(string program, params string[] words)
    {
        bool becomes = Environment.IsPrivilegedProcess && program != "chown";
        ProcessStartInfo start = new(becomes ? "/usr/sbin/runuser" : program, becomes ? ["-u", "postgres", "--", program, .. words] : words)
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string? FindPrograms()
    {
        IEnumerable<string> places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            places = places.Concat(Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")));
        }

        return places.FirstOrDefault(place => File.Exists(Path.Combine(place, "initdb")) && File.Exists(Path.Combine(place, "postgres")));
    }
}
