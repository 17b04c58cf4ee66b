using System.Security.Cryptography.X509Certificates;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("correct horse")]
    public async Task A_pfx_file_serves_a_listener(string? password)
    {
        string path = Write("a.pfx", _kit.Certificate.Export(X509ContentType.Pkcs12, password));

        using var loaded = ServerCertificate.FromPfx(path, password);

        await AssertServesAsync(loaded);
    }

    [Fact]
    public async Task A_pem_pair_serves_a_listener()
    {
        (string certificate, string key) = WritePem();

        using var loaded = ServerCertificate.FromPem(certificate, key);

        await AssertServesAsync(loaded);
    }

    [Fact]
    public void What_follows_the_certificate_in_a_pem_file_is_sent_along()
    {
        (string certificate, string key) = WritePem();
        using X509Certificate2 other = TransportKit.MakeCertificate();
        File.AppendAllText(certificate, "\n" + other.ExportCertificatePem());

        using var loaded = ServerCertificate.FromPem(certificate, key);

        Assert.Equal(_kit.Certificate.Thumbprint, loaded.Leaf.Thumbprint);
        Assert.Equal(other.Thumbprint, Assert.Single(loaded.Intermediates).Thumbprint);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_by_name_and_without_the_password()
    {
        string pfx = Write("a.pfx", _kit.Certificate.Export(X509ContentType.Pkcs12, "correct horse"));
        string keyless = Write("b.pfx", X509CertificateLoader.LoadCertificate(_kit.Certificate.RawData).Export(X509ContentType.Pkcs12));
        string rubbish = Write("c.pem", "rubbish"u8.ToArray());
        (string certificate, string key) = WritePem();
        using X509Certificate2 other = TransportKit.MakeCertificate();
        string foreignKey = Write("other.key", System.Text.Encoding.ASCII.GetBytes(other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));

        AssertRefused(() => ServerCertificate.FromPfx(pfx, "battery staple"), pfx, "password is wrong");
        AssertRefused(() => ServerCertificate.FromPfx(keyless), keyless, "no private key");
        AssertRefused(() => ServerCertificate.FromPfx(rubbish), rubbish, "not a PFX file");
        AssertRefused(() => ServerCertificate.FromPfx(pfx + "x"), pfx + "x", "no such file");
        AssertRefused(() => ServerCertificate.FromPem(rubbish, key), rubbish, "not a certificate in PEM form");
        AssertRefused(() => ServerCertificate.FromPem(certificate, rubbish), certificate, "private key");
        AssertRefused(() => ServerCertificate.FromPem(certificate, foreignKey), certificate, "private key");
        AssertRefused(() => ServerCertificate.FromPem(certificate, key + "x"), certificate, key + "x");
    }

    private static void AssertRefused(Func<ServerCertificate> load, string path, string why)
    {
        var e = Assert.Throws<RpcConnectionException>(load);
        Assert.Contains(path, e.Message);
        Assert.Contains(why, e.Message);
        Assert.DoesNotContain("battery staple", e.ToString());
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_kit.Directory, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private (string Certificate, string Key) WritePem() => (
        Write("a.pem", System.Text.Encoding.ASCII.GetBytes(_kit.Certificate.ExportCertificatePem())),
        Write("a.key", System.Text.Encoding.ASCII.GetBytes(_kit.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())));

    private async Task AssertServesAsync(ServerCertificate loaded)
    {
        Assert.Equal(_kit.Certificate.Thumbprint, loaded.Leaf.Thumbprint);
        var options = new TransportOptions { ServerCertificate = loaded.Leaf, ServerIntermediates = loaded.Intermediates };
        await using IStreamListener listener = await Transport.ListenAsync(_kit.Endpoint("tls"), options, default);
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }
}
