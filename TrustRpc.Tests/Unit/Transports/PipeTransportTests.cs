using System.IO.Pipes;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class PipeTransportTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Fact]
    public async Task A_client_of_the_base_library_reaches_our_pipe()
    {
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Endpoint("pipe"));
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();
        await using var client = new NamedPipeClientStream(".", listener.Endpoint.PipeName!, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);

        await client.ConnectAsync().WaitAsync(TransportKit.Patience);
        await client.WriteAsync(new byte[] { 5 });

        await using TransportLink? server = await accepting.WaitAsync(TransportKit.Patience);
        byte[] received = new byte[1];
        await server!.Stream.ReadExactlyAsync(received).AsTask().WaitAsync(TransportKit.Patience);
        Assert.Equal(5, received[0]);
    }

    [Fact]
    public async Task Our_client_reaches_a_server_of_the_base_library()
    {
        RpcEndpoint endpoint = _kit.Endpoint("pipe");
        await using var server = new NamedPipeServerStream(endpoint.PipeName!, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        Task waiting = server.WaitForConnectionAsync();

        await using TransportLink client = await _kit.ConnectAsync(endpoint);
        await waiting.WaitAsync(TransportKit.Patience);
        await client.Stream.WriteAsync(new byte[] { 6 });
        byte[] received = new byte[1];
        await server.ReadExactlyAsync(received).AsTask().WaitAsync(TransportKit.Patience);

        Assert.Equal(6, received[0]);
    }

    [Fact]
    public async Task The_name_of_a_live_server_of_the_base_library_is_not_taken_over()
    {
        RpcEndpoint endpoint = _kit.Endpoint("pipe");
        await using var server = new NamedPipeServerStream(endpoint.PipeName!, PipeDirection.InOut, 2, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);

        await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint));
        await using var client = new NamedPipeClientStream(".", endpoint.PipeName!, PipeDirection.InOut, PipeOptions.Asynchronous);

        await client.ConnectAsync().WaitAsync(TransportKit.Patience);
    }

    [Fact]
    public async Task A_stopped_server_gives_its_name_back_although_connections_of_it_live_on()
    {
        RpcEndpoint endpoint = _kit.Endpoint("pipe");
        IStreamListener first = await _kit.ListenAsync(endpoint);
        (TransportLink oldClient, TransportLink oldServer) = await _kit.ConnectPairAsync(first);
        await using var one = oldClient;
        await using var two = oldServer;
        await first.DisposeAsync();

        await using IStreamListener second = await _kit.ListenAsync(endpoint);
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(second);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_users_are_kept_out_unless_they_are_allowed(bool allowed)
    {
        if (OperatingSystem.IsWindows())
            return;
        RpcEndpoint endpoint = _kit.Endpoint("pipe");
        await using IStreamListener listener = await Transport.ListenAsync(endpoint, new TransportOptions { AllowOtherUsers = allowed }, default);

        UnixFileMode mode = File.GetUnixFileMode(Path.Combine(Path.GetTempPath(), "CoreFxPipe_" + endpoint.PipeName));

        Assert.Equal(allowed, mode.HasFlag(UnixFileMode.OtherWrite));
        Assert.Equal(allowed, mode.HasFlag(UnixFileMode.GroupWrite));
    }

    [Fact]
    public async Task A_server_listens_on_its_own_machine_only()
        => Assert.Contains(
            "pipe://./app",
            (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(RpcEndpoint.Parse("pipe://server/app")))).Message);

    [Fact]
    public async Task A_pipe_of_another_machine_is_refused_where_there_is_no_such_thing()
    {
        if (OperatingSystem.IsWindows())
            return;

        Assert.Contains("from Windows only", (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ConnectAsync(RpcEndpoint.Parse("pipe://server/app")))).Message);
    }
}
