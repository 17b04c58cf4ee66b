using System.IO.Compression;
using System.Xml.Linq;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

[Collection("Builds")]
public sealed class PackageTests
{
    [Fact]
    public async Task The_package_has_readme_documentation_and_symbols_and_depends_on_nothing()
    {
        await using Workplace place = new();
        place.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        ProgramRun pack = place.Start(
            "pack", Repository.PathOf("TrustRpc", "TrustRpc.csproj"), "--no-build", "-c", Repository.Configuration, "-p:ReadyToRunPlatforms=", "-o", place.PathOf("package"));
        (await pack.EndAsync()).Ended(0);

        using ZipArchive package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(place.PathOf("package"), "*.nupkg")));
        using ZipArchive symbols = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(place.PathOf("package"), "*.snupkg")));

        Assert.NotNull(package.GetEntry("README.md"));
        Assert.NotNull(package.GetEntry("lib/net10.0/TrustRpc.dll"));
        Assert.NotNull(package.GetEntry("lib/net10.0/TrustRpc.xml"));
        Assert.NotNull(symbols.GetEntry("lib/net10.0/TrustRpc.pdb"));
        await using Stream nuspec = package.GetEntry("TrustRpc.nuspec")!.Open();
        XDocument description = await XDocument.LoadAsync(nuspec, LoadOptions.None, CancellationToken.None);
        Assert.DoesNotContain(description.Descendants(), element => element.Name.LocalName is "dependency" or "frameworkReference");
        Assert.Contains(description.Descendants(), element => element.Name.LocalName == "readme");
    }

    [Fact]
    public async Task The_client_is_packed_as_a_tool_that_runs_and_depends_on_nothing()
    {
        await using Workplace place = new();
        place.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        ProgramRun pack = place.Start(
            "pack", Repository.PathOf("TrustRpc.Client", "TrustRpc.Client.csproj"), "--no-build", "-c", Repository.Configuration, "-o", place.PathOf("package"));
        (await pack.EndAsync()).Ended(0);

        string package = Assert.Single(Directory.GetFiles(place.PathOf("package"), "TrustRpc.Client.*.nupkg"));
        await ZipFile.ExtractToDirectoryAsync(package, place.PathOf("unpacked"));
        string tool = Path.Combine(place.PathOf("unpacked"), "tools", "net10.0", "any");
        XElement command = Assert.Single(XDocument.Load(Path.Combine(tool, "DotnetToolSettings.xml")).Descendants("Command"));
        string description = await File.ReadAllTextAsync(place.PathOf("unpacked/TrustRpc.Client.nuspec"));

        Assert.Equal("trustrpc", command.Attribute("Name")?.Value);
        Assert.Contains("<packageType name=\"DotnetTool\"", description, StringComparison.Ordinal);
        Assert.DoesNotContain("<dependency ", description, StringComparison.Ordinal);
        Assert.Equal("0.1.0\n", (await place.Start(Path.Combine(tool, command.Attribute("EntryPoint")!.Value), "--version").EndAsync()).Ended(0).Output);
    }
}
