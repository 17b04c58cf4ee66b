using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class TlsTransportTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Fact]
    public async Task A_self_signed_certificate_is_left_to_the_proofs_and_shown_to_them()
    {
        (TransportLink client, Exception? failure) = await OpenAsync(new TransportOptions());
        await using var link = client;

        Assert.Null(failure);
        Assert.Equal(_kit.Certificate.RawData, client.Certificate.ToArray());
    }

    [Fact]
    public async Task The_pinned_certificate_is_taken_although_no_root_vouches_for_it()
    {
        byte[] pin = SHA256.HashData(_kit.Certificate.RawData);

        (TransportLink client, Exception? failure) = await OpenAsync(new TransportOptions { PinnedCertificateSha256 = pin, RequireTrustedCertificate = true });
        await using var link = client;

        Assert.Null(failure);
    }

    [Fact]
    public async Task Any_other_than_the_pinned_certificate_is_refused_and_named_by_its_hash()
    {
        (TransportLink client, Exception? failure) = await OpenAsync(new TransportOptions { PinnedCertificateSha256 = new byte[32] });
        await using var link = client;

        var e = Assert.IsType<TrustException>(failure);
        Assert.Equal(TrustFailure.WrongServer, e.Failure);
        Assert.Contains("not the pinned one", e.Message);
        Assert.Contains(Convert.ToHexString(SHA256.HashData(_kit.Certificate.RawData)), e.Message);
    }

    [Fact]
    public async Task Where_trust_is_required_a_self_signed_certificate_is_refused()
    {
        (TransportLink client, Exception? failure) = await OpenAsync(new TransportOptions { RequireTrustedCertificate = true });
        await using var link = client;

        Assert.Contains("does not trust the server's certificate", Assert.IsType<TrustException>(failure).Message);
    }

    [Fact]
    public async Task A_silent_peer_holds_up_its_own_opening_alone()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("tls"));
        await using TransportLink silent = await _kit.ConnectAsync(RpcEndpoint.Parse($"tcp://127.0.0.1:{listener.Endpoint.Port}"));
        await using TransportLink? stuck = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        using var giveUp = new CancellationTokenSource();
        Task opening = stuck!.OpenAsync(giveUp.Token).AsTask();

        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        Assert.False(opening.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task A_peer_that_speaks_no_tls_is_told_from_a_broken_server()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("tls"));
        await using TransportLink client = await _kit.ConnectAsync(RpcEndpoint.Parse($"tcp://127.0.0.1:{listener.Endpoint.Port}"));
        await using TransportLink? server = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        await client.Stream.WriteAsync("this is no client hello, in no version of it"u8.ToArray());

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => server!.OpenAsync(default).AsTask().WaitAsync(TransportKit.Patience));

        Assert.Contains("does the client use tls://?", e.Message);
    }

    [Fact]
    public async Task Without_a_certificate_nobody_can_listen()
    {
        var none = new TransportOptions();

        Assert.Contains("certificate is needed: RpcServerOptions.Certificate, by ServerCertificate.FromPem(...), FromPfx(...) or SelfSigned()", (await Assert.ThrowsAsync<RpcConnectionException>(async () => await Transport.ListenAsync(_kit.Endpoint("tls"), none, default))).Message);
    }

    /// <summary>Opens one connection to a server with the kit's certificate; the failure is the client's.</summary>
    private async Task<(TransportLink Client, Exception? Failure)> OpenAsync(TransportOptions options)
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("tls"));
        TransportLink client = await Transport.ConnectAsync(listener.Endpoint, options, default);
        await using TransportLink? server = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        Task serverOpens = server!.OpenAsync(default).AsTask();
        Exception? failure = await Record.ExceptionAsync(() => client.OpenAsync(default).AsTask().WaitAsync(TransportKit.Patience));
        await Record.ExceptionAsync(() => serverOpens.WaitAsync(TransportKit.Patience));
        return (client, failure);
    }
}
