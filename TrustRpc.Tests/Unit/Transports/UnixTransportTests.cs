using System.Net.Sockets;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class UnixTransportTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Fact]
    public async Task A_missing_directory_is_made_for_the_owner_alone_and_so_is_the_socket()
    {
        RpcEndpoint endpoint = _kit.Unix("new/sub/a.sock");
        await using IStreamListener listener = await _kit.ListenAsync(endpoint);

        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_kit.Directory, "new/sub")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(endpoint.Path!));
    }

    [Fact]
    public void Whoever_may_not_listen_at_a_path_is_told_whose_it_is_and_what_to_do()
    {
        string path = Path.Combine(_kit.Directory, "a.sock");
        Assert.Contains($"make files in {_kit.Directory}. Choose another path", UnixSocketPath.WhyDenied(path));

        File.WriteAllText(path + ".lock", "");
        Assert.Contains("another user", UnixSocketPath.WhyDenied(path));
    }

    [UnixFact]
    public async Task Whoever_is_another_user_is_turned_away_and_that_is_told_with_the_reason()
    {
        RpcEndpoint endpoint = _kit.Unix();
        TaskCompletionSource<(string Address, RpcEndpoint Endpoint, string Why)> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TransportOptions options = new() { TurnedAway = (address, where, why) => told.TrySetResult((address, where, why)) };
        await using IStreamListener listener = UnixTransport.Listen(endpoint, endpoint.Path!, OwnerOnly, static _ => false, options);
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();
        using Socket foreign = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        await foreign.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Path!));

        (string address, RpcEndpoint at, string why) = await told.Task.WaitAsync(TransportKit.Patience);
        Assert.NotEmpty(address);
        Assert.Equal(endpoint, at);
        Assert.Contains("another user", why);
        Assert.Equal(0, await foreign.ReceiveAsync(new byte[1]).WaitAsync(TransportKit.Patience));
        await listener.DisposeAsync();
        Assert.Null(await accepting.WaitAsync(TransportKit.Patience));
    }

    [Fact]
    public async Task A_disposed_listener_leaves_nothing_behind()
    {
        IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        await listener.DisposeAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_kit.Directory));
    }

    [Fact]
    public async Task A_file_that_a_crash_left_behind_is_replaced()
    {
        RpcEndpoint endpoint = _kit.Unix();
        LeaveStaleFile(endpoint.Path!);
        File.WriteAllText(endpoint.Path + ".lock", "");

        await using IStreamListener listener = await _kit.ListenAsync(endpoint);
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_stale_file_is_left_alone_while_another_starter_holds_the_lock()
    {
        RpcEndpoint endpoint = _kit.Unix();
        LeaveStaleFile(endpoint.Path!);
        using FileLock? other = FileLock.TryTake(endpoint.Path + ".lock");
        Assert.NotNull(other);

        await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint));

        Assert.True(File.Exists(endpoint.Path));
    }

    [Fact]
    public async Task A_live_server_of_another_kind_is_refused_too_and_keeps_its_path()
    {
        RpcEndpoint endpoint = _kit.Unix();
        using var foreign = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        foreign.Bind(new UnixDomainSocketEndPoint(endpoint.Path!));
        foreign.Listen();

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint));

        Assert.Contains("another server listens there", e.Message);
        Assert.True(File.Exists(endpoint.Path));
        await (await _kit.ConnectAsync(endpoint)).DisposeAsync();
    }

    [Fact]
    public async Task A_live_socket_of_another_type_keeps_its_path_as_well()
    {
        if (!OperatingSystem.IsLinux())
            return; // Windows knows no such sockets.
        RpcEndpoint endpoint = _kit.Unix();
        using var foreign = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        foreign.Bind(new UnixDomainSocketEndPoint(endpoint.Path!));

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint));

        Assert.Contains("another server listens there", e.Message);
        using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint(endpoint.Path!));
        Assert.Equal(1, sender.Send([1]));
    }

    [Fact]
    public async Task Of_two_servers_that_start_together_over_a_stale_file_exactly_one_listens()
    {
        RpcEndpoint endpoint = _kit.Unix();
        for (int round = 0; round < 50; round++)
        {
            LeaveStaleFile(endpoint.Path!);
            using var together = new Barrier(2);
            Task<IStreamListener?> StartAsync() => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    return TryListen(endpoint);
                },
                TaskCreationOptions.LongRunning);
            IStreamListener?[] listeners = await Task.WhenAll(StartAsync(), StartAsync()).WaitAsync(TransportKit.Patience);

            await using IStreamListener only = Assert.Single(listeners.OfType<IStreamListener>());
            (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(only);
            await client.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Servers_that_come_and_go_at_once_never_listen_two_at_a_time_and_lose_no_lock()
    {
        RpcEndpoint endpoint = _kit.Unix();
        int listening = 0, most = 0, started = 0;
        async Task ComeAndGoAsync()
        {
            await Task.Yield();
            for (int i = 0; i < 200; i++)
            {
                if (TryListen(endpoint) is not { } listener)
                    continue;
                InterlockedMax(ref most, Interlocked.Increment(ref listening));
                Interlocked.Increment(ref started);
                await Task.Yield();
                Interlocked.Decrement(ref listening);
                await listener.DisposeAsync();
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ComeAndGoAsync())).WaitAsync(TransportKit.Patience);

        Assert.Equal(1, most);
        Assert.NotEqual(0, started);
        await (await _kit.ListenAsync(endpoint)).DisposeAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_kit.Directory));
    }

    [Fact]
    public async Task An_old_listener_never_unlinks_its_successors_path()
    {
        if (OperatingSystem.IsWindows())
            return;
        RpcEndpoint endpoint = _kit.Unix();
        IStreamListener old = await _kit.ListenAsync(endpoint);
        foreach (string file in Directory.EnumerateFiles(_kit.Directory))
            File.Delete(file);
        await using IStreamListener successor = await _kit.ListenAsync(endpoint);

        await old.DisposeAsync();

        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(successor);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_refused_and_left_as_it_is()
    {
        RpcEndpoint endpoint = _kit.Unix();
        File.WriteAllText(endpoint.Path!, "");

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint));

        Assert.Contains("no socket", e.Message);
        Assert.True(File.Exists(endpoint.Path));
    }

    [Fact]
    public async Task Who_connects_to_a_file_that_is_no_socket_is_told_so()
    {
        if (!OperatingSystem.IsLinux())
            return; // Other systems have words of their own for it.
        RpcEndpoint endpoint = _kit.Unix();
        File.WriteAllText(endpoint.Path!, "");

        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ConnectAsync(endpoint));

        Assert.Contains("no socket", e.Message);
    }

    [Fact]
    public async Task A_directory_is_refused()
    {
        RpcEndpoint endpoint = _kit.Unix();
        Directory.CreateDirectory(endpoint.Path!);

        Assert.Contains("is a directory", (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint))).Message);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_named()
    {
        File.WriteAllText(Path.Combine(_kit.Directory, "file"), "");
        RpcEndpoint endpoint = _kit.Unix("file/a.sock");

        Assert.Contains(endpoint.ToString(), (await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(endpoint))).Message);
    }

    [LinuxTheory]
    [InlineData("/proc")]
    public async Task A_directory_that_takes_no_file_is_named_with_what_to_do(string directory)
    {
        var e = await Assert.ThrowsAsync<RpcConnectionException>(() => _kit.ListenAsync(RpcEndpoint.Parse($"unix://{directory}/a.sock")));

        // For root there is no such place, for anybody else no permission.
        Assert.StartsWith($"Cannot listen at unix://{directory}/a.sock: ", e.Message, StringComparison.Ordinal);
        Assert.Contains($" in {directory}. Choose another path", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_may_be_as_long_as_the_system_allows_and_the_message_says_how_long_that_is()
    {
        int limit = OperatingSystem.IsMacOS() ? 103 : 107;
        int room = limit - _kit.Directory.Length - 1;
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix(new string('x', room)));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();

        RpcEndpoint tooLong = _kit.Unix(new string('x', room - 1) + "ü");
        foreach (Func<Task> attempt in new Func<Task>[] { () => _kit.ListenAsync(tooLong), () => _kit.ConnectAsync(tooLong) })
        {
            string message = (await Assert.ThrowsAsync<RpcConnectionException>(attempt)).Message;
            Assert.Contains($"has {limit + 1} bytes", message);
            Assert.Contains($"{limit} at most", message);
        }
    }

    [Fact]
    public async Task The_shortest_name_in_the_longest_directory_still_fits()
    {
        int room = (OperatingSystem.IsMacOS() ? 103 : 107) - _kit.Directory.Length - 3;

        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix(new string('d', room) + "/x"));
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Each_end_knows_the_others_user()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using IStreamListener listener = await _kit.ListenAsync(_kit.Unix());
        (TransportLink client, TransportLink server) = await _kit.ConnectPairAsync(listener);
        await using var first = client;
        await using var second = server;

        int self = unchecked((int)UnixUser.OfThisProcess);
        Assert.Equal((self, $"uid {self}"), (server.UnixUserId, server.RemoteAddress));
        Assert.Equal((self, $"uid {self}"), (client.UnixUserId, client.RemoteAddress));
    }

    [Fact]
    public async Task A_user_who_is_not_admitted_is_turned_away_and_the_next_one_is_served()
    {
        RpcEndpoint endpoint = _kit.Unix();
        int seen = 0;
        await using IStreamListener listener = UnixTransport.Listen(endpoint, endpoint.Path!, UnixSocketFile.ForOwnerAlone, _ => ++seen > 1, _kit.Options);
        await using TransportLink foreign = await _kit.ConnectAsync(endpoint);
        await using TransportLink own = await _kit.ConnectAsync(endpoint);

        await using TransportLink? accepted = await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience);
        await accepted!.Stream.WriteAsync(new byte[] { 1 });

        Assert.Equal(0, await foreign.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
        Assert.Equal(1, await own.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TransportKit.Patience));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private IStreamListener? TryListen(RpcEndpoint endpoint)
    {
        try
        {
            return Transport.ListenAsync(endpoint, _kit.Options, default).AsTask().GetAwaiter().GetResult();
        }
        catch (RpcConnectionException)
        {
            return null;
        }
    }

    /// <summary>A socket file without a listener, as a killed process leaves it.</summary>
    private static void LeaveStaleFile(string path)
    {
        string aside = path + ".x";
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(aside));
            File.Move(aside, path, overwrite: true);
        }

        Assert.True(File.Exists(path));
    }
}
