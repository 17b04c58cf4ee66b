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
            "pack", Repository.PathOf("TrustRpc", "TrustRpc.csproj"), "--no-build", "-c", Repository.Configuration, "-o", place.PathOf("package"));
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
}
