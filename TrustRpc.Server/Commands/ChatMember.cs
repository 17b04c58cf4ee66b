using System.Threading.Channels;
using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary>One who is in the chat: what is posted leaves in order, from a queue that is not unbounded.</summary>
internal sealed class ChatMember : IAsyncDisposable
{
    private const int LongestQueue = 1000;

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly TrustStream _stream;
    private readonly FrameStream _frames;
    private readonly Channel<ChatMessage> _lines = Channel.CreateBounded<ChatMessage>(LongestQueue);
    private readonly Task _writing;

    public ChatMember(TrustStream stream)
    {
        Name = stream.PeerName;
        _stream = stream;
        _frames = new FrameStream(stream);
        _writing = Task.Run(WriteAllAsync);
    }

    public string Name { get; }

    public async Task<ChatMessage?> ReadAsync() => await _frames.ReadAsync() is { } bytes ? ChatMessage.Read(bytes) : null;

    public void Post(ChatMessage line)
    {
        if (!_lines.Writer.TryWrite(line) && !_lines.Reader.Completion.IsCompleted)
        {
            _ = _frames.DisposeAsync().AsTask();
        }
    }

    /// <summary>What is posted still leaves, then the goodbye, and the connection ends; one who takes neither is not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        using CancellationTokenSource deadline = new(s_farewell);
        try
        {
            await _writing.WaitAsync(deadline.Token);
            await _stream.ShutdownAsync(deadline.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Gone already, or not listening.
        }

        await _frames.DisposeAsync();
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (ChatMessage line in _lines.Reader.ReadAllAsync())
            {
                await _frames.WriteAsync(line.ToBytes());
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _lines.Writer.TryComplete();
        }
    }
}
