using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Architecture;

/// <summary>The sources keep to the table of folders in <c>docs/ARCHITECTURE.md</c>.</summary>
public sealed partial class FolderTests
{
    private static readonly Dictionary<string, string[]> Rows = ReadTable();

    public static TheoryData<string> Folders =>
    [
        .. Directory.GetDirectories(Repository.PathOf("TrustRpc")).Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj")),
    ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_those_alone_that_its_row_names(string folder)
    {
        Assert.True(Rows.TryGetValue(folder, out string[]? allowed), $"{folder}/ has no row in the table.");

        string[] broken =
        [
            .. from file in SourcesOf(folder)
               from used in FoldersUsedBy(file.Code)
               where used != folder && !allowed.Contains(used)
               select $"{file.Name} uses {used}",
        ];

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_row_names_none_that_its_folder_does_not_use(string folder)
    {
        HashSet<string> used = [.. SourcesOf(folder).SelectMany(file => FoldersUsedBy(file.Code))];

        Assert.Subset(used, Rows[folder].ToHashSet());
    }

    [Fact]
    public void The_arrows_of_the_table_point_down()
    {
        HashSet<string> done = [];
        void Descend(string folder, string[] path)
        {
            Assert.False(path.Contains(folder), $"A circle: {string.Join(" → ", path)} → {folder}");
            if (!done.Add(folder)) return;
            foreach (string below in Rows[folder])
                Descend(below, [.. path, folder]);
        }

        foreach (string folder in Rows.Keys)
            Descend(folder, []);
    }

    [Fact]
    public void Only_Transports_touches_sockets_pipes_and_TLS()
        => Assert.Empty(from file in SourcesOutside("Transports")
                        where Sockets().IsMatch(file.Code)
                        select $"{file.Name}: {Sockets().Match(file.Code).Value}");

    [Fact]
    public void Only_Trust_touches_cryptography_but_for_the_certificates_of_TLS()
    {
        Assert.Empty(from file in SourcesOutside("Trust", "Transports")
                     where Cryptography().IsMatch(file.Code)
                     select file.Name);
        Assert.Empty(from file in SourcesOf("Transports")
                     where Ciphers().IsMatch(file.Code)
                     select $"{file.Name}: {Ciphers().Match(file.Code).Value}");
    }

    // Management has the public API only, and what it makes a thread for fails with a call of the program's.
    [Fact]
    public void Only_Threads_makes_threads_so_that_all_go_on_where_the_system_gives_none()
        => Assert.Equal(
            ["Management/Sync/BlockingMessages.cs"],
            from file in SourcesOutside("Threads")
            where Threads().IsMatch(file.Code)
            select file.Name);

    [Fact]
    public void Sources_lie_in_the_folder_that_their_namespace_names_or_below_it()
        => Assert.Empty(from path in Sources(Repository.PathOf("TrustRpc"))
                        let code = File.ReadAllText(path)
                        let folder = Path.GetRelativePath(Repository.PathOf("TrustRpc"), Path.GetDirectoryName(path)!).Split(Path.DirectorySeparatorChar)[0]
                        let expected = folder == "." ? "namespace TrustRpc;" : $"namespace TrustRpc.{folder};"
                        where !code.Contains(expected, StringComparison.Ordinal)
                        select $"{path}: expected {expected}");

    [Fact]
    public void What_others_may_see_lies_in_the_root_namespace_or_in_that_of_management()
        => Assert.All(typeof(RpcServer).Assembly.GetExportedTypes(), type => Assert.Contains(type.Namespace, (string[])["TrustRpc", "TrustRpc.Management"]));

    [Fact]
    public void Management_uses_nothing_that_a_program_could_not()
    {
        Assert.NotEmpty(InternalUse.By("TrustRpc.Hosting"));
        Assert.Empty(InternalUse.By("TrustRpc.Management"));
    }

    [Fact]
    public void No_project_but_the_tests_references_a_package_or_a_framework()
        => Assert.Empty(from project in Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
                        where Path.GetFileNameWithoutExtension(project) is not ("TrustRpc.Tests" or "TrustRpc.IntegrationTests")
                        where References().IsMatch(File.ReadAllText(project))
                        select project);

    private static Dictionary<string, string[]> ReadTable()
        => TableRow().Matches(File.ReadAllText(Repository.PathOf("docs", "ARCHITECTURE.md"))).ToDictionary(
            row => row.Groups["folder"].Value,
            row => row.Groups["uses"].Value.Trim() is var uses && uses.StartsWith("nothing", StringComparison.Ordinal) || uses.StartsWith("the public", StringComparison.Ordinal)
                ? (string[])[]
                : uses.Split(',', StringSplitOptions.TrimEntries));

    private static IEnumerable<string> FoldersUsedBy(string code)
        => Use().Matches(code).Select(use => use.Groups["folder"].Value).Where(Rows.ContainsKey).Distinct();

    private static IEnumerable<(string Name, string Code)> SourcesOf(string folder) => SourcesIn(Repository.PathOf("TrustRpc", folder));

    private static IEnumerable<(string Name, string Code)> SourcesOutside(params string[] folders)
        => SourcesIn(Repository.PathOf("TrustRpc")).Where(file => !folders.Contains(file.Name.Split('/')[0]));

    private static IEnumerable<(string Name, string Code)> SourcesIn(string directory)
        => Sources(directory).Select(path => (
            Path.GetRelativePath(Repository.PathOf("TrustRpc"), path).Replace('\\', '/'),
            Comment().Replace(File.ReadAllText(path), "")));

    private static IEnumerable<string> Sources(string directory)
        => Directory.GetFiles(directory, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(directory, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [GeneratedRegex(@"^\| `(?<folder>\w+)/`[^|]*\|.*\|(?<uses>[^|]*)\|\s*$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    // A using directive, or a name that begins with a folder's: Services.MethodDescriptor.
    [GeneratedRegex(@"\busing (static )?(\w+ = )?TrustRpc\.(?<folder>\w+)|(?<![\w.])(TrustRpc\.)?(?<folder>[A-Z]\w+)\.(?=[A-Z])")]
    private static partial Regex Use();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bnew Thread\(|\bThread \w+ = new\(|TaskCreationOptions\.LongRunning")]
    private static partial Regex Threads();

    [GeneratedRegex(@"System\.Net\.(Sockets|Security)|System\.IO\.Pipes")]
    private static partial Regex Sockets();

    [GeneratedRegex(@"System\.Security\.Cryptography(?!\.X509Certificates)")]
    private static partial Regex Cryptography();

    [GeneratedRegex(@"\b(Aes|HMAC|HKDF|Rfc2898|ECD|RSA|ChaCha|RandomNumberGenerator)\w*")]
    private static partial Regex Ciphers();

    [GeneratedRegex("<(PackageReference|FrameworkReference)\\b")]
    private static partial Regex References();
}
