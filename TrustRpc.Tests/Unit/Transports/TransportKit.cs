using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

/// <summary>What the tests of transports share: a directory of their own, a certificate, a pair of links, and a limit after which a hang is a failure.</summary>
internal sealed class TransportKit : IDisposable
{
    // A guard against hanging for ever; nothing passes or fails by how long it takes.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Short, because a socket's path must be; under /tmp also where TMPDIR is long.
    private readonly string _directory = Path.Combine(OperatingSystem.IsWindows() ? Path.GetTempPath() : "/tmp", "tr" + Guid.NewGuid().ToString("N")[..8]);

    private readonly Lazy<X509Certificate2> _certificate = new(MakeCertificate);

    public X509Certificate2 Certificate => _certificate.Value;

    public string Directory
    {
        get
        {
            System.IO.Directory.CreateDirectory(_directory);
            return _directory;
        }
    }

    public TransportOptions Options => new() { Certificate = new ServerCertificate(Certificate) };

    public static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public RpcEndpoint Unix(string name = "a.sock") => RpcEndpoint.Parse("unix://" + Path.Combine(Directory, name));

    /// <summary>An endpoint of the kind that may be listened at here: <c>tcp</c>, <c>tls</c>, <c>unix</c>, <c>pipe</c>.</summary>
    public RpcEndpoint Endpoint(string kind) => kind switch
    {
        "unix" => Unix(),
        "pipe" => RpcEndpoint.Parse("pipe://./" + Path.GetFileName(_directory)),
        _ => RpcEndpoint.Parse(kind + "://127.0.0.1:0"),
    };

    public async Task<IStreamListener> ListenAsync(RpcEndpoint endpoint) => await Transport.ListenAsync(endpoint, Options, default);

    public async Task<TransportLink> ConnectAsync(RpcEndpoint endpoint) => await Transport.ConnectAsync(endpoint, Options, default);

    /// <summary>Both ends of one connection, opened.</summary>
    public async Task<(TransportLink Client, TransportLink Server)> ConnectPairAsync(IStreamListener listener)
    {
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();
        TransportLink client = await ConnectAsync(listener.Endpoint);
        TransportLink server = (await accepting.WaitAsync(Patience))!;
        await Task.WhenAll(client.OpenAsync(default).AsTask(), server.OpenAsync(default).AsTask()).WaitAsync(Patience);
        return (client, server);
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(_directory))
            System.IO.Directory.Delete(_directory, recursive: true);
        if (_certificate.IsValueCreated)
            _certificate.Value.Dispose();
    }
}
