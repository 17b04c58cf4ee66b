using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>Conversations with random faults, from a printed seed: each ends in error responses or in the end of that connection alone.</summary>
[Collection(Alone.Name)]
public sealed class MutationTests
{
    private const int Rounds = 300;

    private static readonly string[] Conversation =
    [
        RawPeer.Request(1, "Greet", "[\"Zoë 🙂\"]"),
        RawPeer.Request("\"two\"", "Add", "{\"a\":1,\"b\":2}"),
        RawPeer.Notification("Note", "[\"text\"]"),
        """{"jsonrpc":"2.0","id":3,"method":"AddLater","timeout":60000,"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","meta":{"a":"b"},"params":[1,2]}""",
        RawPeer.Request(4, "noSuchMethod"),
        RawPeer.Request(5, "Crash"),
        RawPeer.Notification("$/cancelRequest", "{\"id\":5}"),
        RawPeer.Result(6, "[1,2,{\"a\":null}]"),
        """{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"m","data":[]}}""",
        RawPeer.Request(8, "rpc.ping"),
        RawPeer.Request(9, "Echo", "[{\"deep\":[[[[\"\\ud83d\\ude42\"]]]]}]"),
        RawPeer.Notification("$/progress", "{\"token\":1,\"value\":2}"),
        RawPeer.Notification("$/enumerator/abort", "[1]"),
        RawPeer.Request(10, "$/enumerator/next", "[1]"),
    ];

    [Theory]
    [InlineData("unix plain")]
    [InlineData("unix plain, low latency")]
    public async Task A_mutated_conversation_harms_no_connection_but_its_own(string transport)
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        using (new UnobservedExceptions($"Seed {seed}"))
        {
            await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxFrameLength = 4096);
            for (int round = 0; round < Rounds; round++)
            {
                try
                {
                    await using RawPeer hostile = await ConnectAsync(pair);
                    byte[] bytes = Mutate(RawPeer.Frames(Conversation), random);
                    await TalkAsync(hostile, bytes);
                    Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"Seed {seed}, round {round}.", e);
                }
            }

            await Patience.UntilAsync(() => pair.Server.Connections.Count == 1);
        }
    }

    [Theory]
    [InlineData("tcp plain")]
    [InlineData("tls, self-signed")]
    [InlineData("unix plain")]
    [InlineData("tcp sealed, low latency")]
    public async Task Random_bytes_instead_of_a_handshake_harm_nobody(string transport)
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        using (new UnobservedExceptions($"Seed {seed}"))
        {
            await using RpcPair pair = await RpcPair.OpenAsync(transport);
            for (int round = 0; round < 100; round++)
            {
                await using Stream stream = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);
                byte[] bytes = new byte[random.Next(1, 200)];
                random.NextBytes(bytes);
                if (round % 2 == 0 && bytes.Length > 4) (bytes[0], bytes[1]) = (0, 0);
                try
                {
                    await stream.WriteAsync(bytes).InTime();
                }
                catch (IOException)
                {
                    // It has heard enough already.
                }
            }

            Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
            (RpcCaller next, _) = await pair.ConnectAsync();
            Assert.Equal(3, await next.CallAsync<int>("Add", [1, 2]).InTime());
        }
    }

    // Everything that comes back must be a response or a goaway, and then the end; where nothing is said any more, this side ends.
    private static async Task TalkAsync(RawPeer hostile, byte[] bytes)
    {
        Task sending = SendAsync(hostile, bytes);
        try
        {
            while (await hostile.ReadAsync() is { } text)
            {
                JsonElement message = JsonElement.Parse(text);
                Assert.True(
                    message.TryGetProperty("result", out _) || message.TryGetProperty("error", out _) || message.GetProperty("method").GetString() is "$/goaway" or "rpc.ping",
                    text);
            }
        }
        catch (IOException)
        {
            // Cut while bytes were on their way: the close of that connection.
        }

        await sending;
    }

    private static async Task SendAsync(RawPeer hostile, byte[] bytes)
    {
        try
        {
            await hostile.WriteAsync(bytes);
            ((RawSocket)hostile.Stream).EndWriting();
        }
        catch (IOException)
        {
            // It has heard enough already.
        }
    }

    private static async Task<RawPeer> ConnectAsync(RpcPair pair)
    {
        RawSocket socket = await RawSocket.ConnectAsync(pair.Server.Endpoints[0]);
        TrustClientOptions options = new() { TrustId = pair.Secret, Channel = TrustChannel.Local, Modes = [HandshakeMode.Plain], LeaveInnerStreamOpen = true };

        // Plain: what follows are the socket's own bytes. The server says nothing on its own, so none have been read ahead.
        await TrustStream.AuthenticateAsClientAsync(socket, options).InTime();
        return new RawPeer(socket);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> mutated = [.. bytes];
        for (int faults = random.Next(1, 6); faults > 0; faults--)
        {
            int at = random.Next(mutated.Count);
            switch (random.Next(7))
            {
                case 0:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 2:
                    mutated.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    mutated.RemoveAt(at);
                    break;
                case 4:
                    mutated.RemoveRange(at, random.Next(mutated.Count - at) / 4);
                    break;
                case 5:
                    mutated.InsertRange(at, mutated.GetRange(at, random.Next(Math.Min(200, mutated.Count - at))));
                    break;
                default:
                    mutated[at] = (byte)"{}[]\",:\\0-"[random.Next(10)];
                    break;
            }
        }

        return [.. mutated];
    }
}
