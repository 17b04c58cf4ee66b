using System.Collections.Concurrent;
using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary>Everyone who is in the chat. A line goes to all of them; one who cannot keep up is shown out rather than waited for.</summary>
internal sealed class ChatRoom : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ChatMember, bool> _members = [];

    public async Task AcceptAllAsync(TrustListener listener)
    {
        while (await listener.AcceptAsync() is { } stream)
        {
            _ = ServeAsync(new ChatMember(stream));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_members.Keys.Select(member => member.DisposeAsync().AsTask()));
    }

    private async Task ServeAsync(ChatMember member)
    {
        _members[member] = true;
        Tell(new ChatMessage("server", $"{member.Name} is here"));
        try
        {
            while (await member.ReadAsync() is { Text: not null } line)
            {
                Tell(line with { From = member.Name });
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Gone without a goodbye; the others are told all the same.
        }

        _members.TryRemove(member, out _);
        Tell(new ChatMessage("server", $"{member.Name} has left"));
        await member.DisposeAsync();
    }

    private void Tell(ChatMessage line)
    {
        foreach (ChatMember member in _members.Keys)
        {
            member.Post(line);
        }
    }
}
