using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Fact]
    public void A_certificate_without_its_key_or_one_that_is_gone_is_refused_where_it_is_given()
    {
        X509Certificate2 gone = TransportKit.MakeCertificate();
        gone.Dispose();
        using X509Certificate2 keyless = X509CertificateLoader.LoadCertificate(_kit.Certificate.RawData);

        Assert.Contains("it is disposed", Assert.Throws<ArgumentException>("leaf", () => new ServerCertificate(gone)).Message, StringComparison.Ordinal);
        Assert.Contains("without its private key", Assert.Throws<ArgumentException>("leaf", () => new ServerCertificate(keyless)).Message, StringComparison.Ordinal);
        Assert.Contains("one of its intermediates", Assert.Throws<ArgumentException>("intermediates", () => new ServerCertificate(_kit.Certificate, [gone])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("intermediates", () => new ServerCertificate(_kit.Certificate, [null!]));
    }

    [Fact]
    public async Task A_server_whose_certificate_was_disposed_before_it_starts_says_so()
    {
        using ServerCertificate certificate = new(TransportKit.MakeCertificate());
        certificate.Dispose();
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Generate(), Certificate = certificate });

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => server.StartAsync("tls://127.0.0.1:0"));

        Assert.Equal("Cannot listen at tls://127.0.0.1:0: the server certificate cannot be used: it is disposed. Whoever disposes it does so after the servers that use it.", e.Message);
    }

    [Fact]
    public async Task One_that_is_disposed_while_it_is_used_serves_on_or_fails_the_handshake_and_leaves_the_listener_as_it_is()
    {
        ServerCertificate certificate = new(TransportKit.MakeCertificate());
        await using IStreamListener listener = await Transport.ListenAsync(_kit.Endpoint("tls"), new TransportOptions { Certificate = certificate }, default);
        certificate.Dispose();

        await using TransportLink client = await _kit.ConnectAsync(listener.Endpoint);
        await using TransportLink? server = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        Task both = Task.WhenAll(client.OpenAsync(default).AsTask(), server!.OpenAsync(default).AsTask()).WaitAsync(TransportKit.Patience);

        Exception? e = await Record.ExceptionAsync(() => both);
        Assert.True(e is null or RpcConnectionException or TrustException, e?.ToString());
    }

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

    [Theory]
    [InlineData("pem")]
    [InlineData("pfx")]
    public async Task What_lies_between_the_certificate_and_its_root_is_sent_along(string form)
    {
        using CertificateChain chain = new();
        string path = form == "pem"
            ? Write("chain.pem", Encoding.ASCII.GetBytes($"{chain.Leaf.ExportCertificatePem()}\n{chain.Intermediate.ExportCertificatePem()}\n{chain.Key}"))
            : Write("chain.pfx", new X509Certificate2Collection { chain.Intermediate, chain.Leaf }.Export(X509ContentType.Pkcs12, "correct horse")!);

        using ServerCertificate loaded = form == "pem" ? ServerCertificate.FromPem(path, path) : ServerCertificate.FromPfx(path, "correct horse");
        Assert.Equal(chain.Leaf.Thumbprint, loaded.Leaf.Thumbprint);
        Assert.Equal(chain.Intermediate.Thumbprint, Assert.Single(loaded.Intermediates).Thumbprint);

        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Generate(), Certificate = loaded });
        await server.StartAsync("tls://127.0.0.1:0");
        using TcpClient tcp = new();
        await tcp.ConnectAsync("127.0.0.1", server.Endpoints[0].Port);
        string[] sent = [];
        await using SslStream tls = new(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, seen, _) =>
        {
            sent = [.. seen!.ChainPolicy.ExtraStore.Select(certificate => certificate.Thumbprint)];
            return true;
        });
        await tls.AuthenticateAsClientAsync("localhost").WaitAsync(TransportKit.Patience);

        Assert.Contains(chain.Intermediate.Thumbprint, sent);
    }

    [Fact]
    public async Task One_made_on_the_spot_serves_whoever_holds_the_secret()
    {
        using var made = ServerCertificate.SelfSigned();
        var trustId = TrustId.Generate();
        await using RpcServer server = new(new RpcServerOptions { TrustId = trustId, Certificate = made });
        await server.StartAsync("tls://127.0.0.1:0");

        await using RpcClient client = await RpcClient.ConnectAsync(server.Endpoints[0], new RpcClientOptions { TrustId = trustId });

        Assert.Empty(made.Intermediates);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_by_name_and_without_the_password()
    {
        string pfx = Write("a.pfx", _kit.Certificate.Export(X509ContentType.Pkcs12, "correct horse"));
        string keyless = Write("b.pfx", X509CertificateLoader.LoadCertificate(_kit.Certificate.RawData).Export(X509ContentType.Pkcs12));
        string rubbish = Write("c.pem", "rubbish"u8.ToArray());
        (string certificate, string key) = WritePem();
        using X509Certificate2 other = TransportKit.MakeCertificate();
        string foreignKey = Write("other.key", Encoding.ASCII.GetBytes(other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));

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
        Write("a.pem", Encoding.ASCII.GetBytes(_kit.Certificate.ExportCertificatePem())),
        Write("a.key", Encoding.ASCII.GetBytes(_kit.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())));

    private async Task AssertServesAsync(ServerCertificate loaded)
    {
        Assert.Equal(_kit.Certificate.Thumbprint, loaded.Leaf.Thumbprint);
        var options = new TransportOptions { Certificate = loaded };
        await using IStreamListener listener = await Transport.ListenAsync(_kit.Endpoint("tls"), options, default);
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }
}
