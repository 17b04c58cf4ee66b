using TrustRpc.Connections;
using TrustRpc.Hosting;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>
/// A whole conversation over a pair in memory, from the first byte of the handshake, or the first after it, to the end of both sides, with a fault before one byte of one direction.
/// </summary>
internal sealed class FaultyConversation : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly DuplexPair _pair = DuplexPair.Create();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HandshakeMode _mode;
    private readonly bool _hasHandshake;
    private readonly Fault _fault;
    private readonly long _offset;
    private readonly Stream _clientStream;
    private readonly Stream _serverStream;
    private RpcConnection? _client;
    private RpcConnection? _server;

    /// <param name="mode">Plain or sealed.</param>
    /// <param name="hasHandshake">Whether it begins with the handshake, which takes longer than all the rest.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="toServer">To what the server reads; else to what the client reads.</param>
    /// <param name="offset">After how many bytes.</param>
    public FaultyConversation(HandshakeMode mode, bool hasHandshake, Fault fault, bool toServer, long offset)
    {
        (_mode, _hasHandshake, _fault, _offset) = (mode, hasHandshake, fault, offset);
        _clientStream = toServer ? _pair.First : Faulty(_pair.First);
        _serverStream = toServer ? Faulty(_pair.Second) : _pair.Second;
    }

    public Dialogue Dialogue { get; } = new();

    /// <summary>How the handshake failed, per side; null = it succeeded.</summary>
    public (Exception? Client, Exception? Server) Refusals { get; private set; }

    /// <summary>The bytes that arrive at the server, or at the client, where there is no fault.</summary>
    public long Length(bool toServer) => (toServer ? _pair.First : _pair.Second).BytesWritten;

    /// <summary>Talks until both sides have ended.</summary>
    public async Task RunAsync()
    {
        Task all = TalkAsync();
        await Task.WhenAny(all, _reached.Task).InTime();
        if (_fault == Fault.Delay)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            _goesOn.SetResult();
        }

        if (_fault is Fault.Stall or Fault.StallUnnoticed)
        {
            await Patience.UntilAsync(() =>
            {
                _time.Advance(KeepAlive);
                return all.IsCompleted;
            });
        }

        await all.InTime();
    }

    /// <summary>That nothing is left: no slot, no token, no timer, no unsent byte, no enumerator, no open stream.</summary>
    public async Task ExpectNothingLeftAsync()
    {
        await Patience.UntilAsync(() => _client is null || _client.Residue == default);
        await Patience.UntilAsync(() => _server is null || _server.Residue == default);
        await Patience.UntilAsync(() => Dialogue.IsOver);
        await Patience.UntilAsync(() => _time.ActiveTimers == 0);
        await Patience.UntilAsync(() => _pair.First.IsDisposed && _pair.Second.IsDisposed);
    }

    public override string ToString()
        => $"{_fault} before byte {_offset}, {_mode}{(_hasHandshake ? "" : ", without handshake")}. Client: {Refusals.Client?.Message} {_client?.Residue} {_client?.Closed.Status}. Server: {Refusals.Server?.Message} {_server?.Residue} {_server?.Closed.Status}. {Dialogue}";

    public void Dispose() => _pair.Dispose();

    private async Task TalkAsync()
    {
        Task<Exception?> connecting = TryAsync(ConnectAsync);
        Task<Exception?> accepting = TryAsync(AcceptAsync);
        Exception? refused = await connecting;
        if (_client is not null)
        {
            await Dialogue.HoldAsync(_client);
            await _client.CloseAsync();
        }

        Refusals = (refused, await accepting);
        if (_server is not null)
        {
            // Whoever is not told closes as well one day.
            await _server.CloseAsync();
        }
    }

    private static async Task<Exception?> TryAsync(Func<Task> run)
    {
        try
        {
            await run();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private async Task ConnectAsync()
    {
        if (!_hasHandshake)
        {
            _client = Start(new ProvenLink(_mode, isClient: true, _pair.First, _clientStream), Agreed);
            return;
        }

        TrustClientOptions options = new() { TrustId = TrustPair.Secret, ClientId = "c", ClientName = "c", Modes = [_mode], TimeProvider = _time, CompleteEarly = true };
        TrustedLink trusted = new(new PairLink(_pair.First, _clientStream), await TrustStream.AuthenticateAsClientAsync(_clientStream, options));
        _client = Start(trusted, trusted.Agree(Agreed));
    }

    private async Task AcceptAsync()
    {
        if (!_hasHandshake)
        {
            _server = Start(new ProvenLink(_mode, isClient: false, _pair.Second, _serverStream), Agreed);
            return;
        }

        TrustServerOptions options = new() { TrustId = TrustPair.Secret, ServerName = "s", Modes = [_mode], KeepAlive = Agreed.KeepAlive, TimeProvider = _time };
        TrustedLink trusted = new(new PairLink(_pair.Second, _serverStream), await TrustStream.AuthenticateAsServerAsync(_serverStream, options));
        _server = Start(trusted, trusted.Agree(Agreed));
    }

    private ConnectionSettings Agreed => new() { MaxFrame = 4096, MaxCalls = 8, KeepAlive = _fault == Fault.StallUnnoticed ? TimeSpan.Zero : KeepAlive };

    private RpcConnection Start(IConnectionLink link, ConnectionSettings agreed)
    {
        RpcPeer peer = new() { Id = "p", Name = "p", Session = new string('0', 32) };
        ConnectionSettings settings = agreed with { CallTimeout = TimeSpan.FromSeconds(30), Streams = new StreamLimits(8, 2, 1024), Time = _time };
        RpcConnection connection = new(link, peer, Dialogue.Services, settings);
        Dialogue.Join(connection);
        connection.Start();
        return connection;
    }

    // No read goes across the fault, so that it happens before that very byte.
    private ChoppyStream Faulty(DuplexStream inner)
    {
        ChoppyStream? stream = null;
        return stream = new(inner)
        {
            ReadSize = wanted => stream!.BytesRead < _offset ? (int)Math.Min(wanted, _offset - stream.BytesRead) : wanted,
            BeforeRead = _ => stream!.BytesRead == _offset && _fault != Fault.None && _reached.TrySetResult() ? StrikeAsync(inner) : Task.CompletedTask,
        };
    }

    private Task StrikeAsync(DuplexStream inner)
    {
        switch (_fault)
        {
            case Fault.Reset:
                _pair.Break();
                break;
            case Fault.End:
                inner.Cut();
                break;
            case Fault.Stall or Fault.StallUnnoticed:
                inner.Hold();
                break;
            case Fault.Delay:
                return _goesOn.Task;
        }

        return Task.CompletedTask;
    }
}
