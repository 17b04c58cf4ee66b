using System.Net;
using System.Net.Sockets;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public sealed class AddressTriesTests
{
    private static readonly IPAddress[] Three = [IPAddress.IPv6Loopback, IPAddress.Loopback, IPAddress.Any];

    private readonly ManualTimeProvider _time = new();
    private readonly List<IPAddress> _tried = [];

    [Fact]
    public async Task An_address_that_never_answers_leaves_the_next_its_share_of_the_time()
    {
        Task<IPAddress> connecting = new AddressTries(TimeSpan.FromSeconds(9), _time).FirstAsync(Three, AnswersAt(IPAddress.Any), default).AsTask();

        _time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        Assert.Single(_tried);
        _time.Advance(TimeSpan.FromTicks(1));
        await Patience.UntilAsync(() => _tried.Count == 2);
        await _time.WhenDueAfter(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(IPAddress.Any, await connecting.InTime());
        Assert.Equal(Three, _tried);
    }

    [Fact]
    public async Task What_one_that_refuses_at_once_did_not_need_the_others_have()
    {
        Task<IPAddress> connecting = new AddressTries(TimeSpan.FromSeconds(9), _time)
            .FirstAsync(Three, (address, token) => address.Equals(Three[0]) ? Refuses(address) : AnswersAt(Three[2])(address, token), default).AsTask();

        await _time.WhenDueAfter(TimeSpan.FromSeconds(4.5));
        _time.Advance(TimeSpan.FromSeconds(4.5));

        Assert.Equal(Three[2], await connecting.InTime());
    }

    [Fact]
    public async Task The_failure_of_the_last_one_counts()
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(
            () => new AddressTries(TimeSpan.FromSeconds(9), _time).FirstAsync(Three, (address, _) => Refuses(address), default).AsTask());

        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        Assert.Equal(Three, _tried);
    }

    [Fact]
    public async Task Who_gives_up_ends_the_one_that_is_tried_and_none_follows()
    {
        using CancellationTokenSource giveUp = new();
        Task<IPAddress> connecting = new AddressTries(TimeSpan.FromSeconds(9), _time).FirstAsync(Three, AnswersAt(IPAddress.Any), giveUp.Token).AsTask();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.InTime());
        Assert.Single(_tried);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lookup_that_hangs_is_given_up_when_its_time_is_up(bool hasReaderThread)
    {
        using ManualResetEventSlim looking = new(), release = new();
        using CancellationTokenSource giveUp = new();
        TransportOptions options = new()
        {
            HasReaderThread = hasReaderThread,
            LookUp = _ =>
            {
                looking.Set();
                release.Wait();
                return [];
            },
        };
        Task connecting = Patience.OnOwnThread(() => Transport.ConnectAsync(RpcEndpoint.Parse("tcp://host.test:9"), options, giveUp.Token).AsTask()).Unwrap();
        looking.InTime();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.InTime());
        release.Set();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_leads_to_the_first_of_its_addresses_where_somebody_listens(bool hasReaderThread)
    {
        using TransportKit kit = new();
        await using IStreamListener listener = await kit.ListenAsync(kit.Endpoint("tcp"));
        TransportOptions options = new() { HasReaderThread = hasReaderThread, LookUp = _ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], ConnectTimeout = TimeSpan.FromMinutes(1) };

        await using TransportLink link = await Transport.ConnectAsync(RpcEndpoint.Parse($"tcp://host.test:{listener.Endpoint.Port}"), options, default);

        Assert.Equal("127.0.0.1", link.RemoteAddress);
    }

    private Func<IPAddress, CancellationToken, ValueTask<IPAddress>> AnswersAt(IPAddress good) => async (address, cancellationToken) =>
    {
        _tried.Add(address);
        if (!address.Equals(good))
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return address;
    };

    private ValueTask<IPAddress> Refuses(IPAddress address)
    {
        _tried.Add(address);
        throw new SocketException((int)SocketError.ConnectionRefused);
    }
}
