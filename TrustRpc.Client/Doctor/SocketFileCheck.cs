using System.Net.Sockets;
using TrustRpc.Programs;

namespace TrustRpc.Client.Doctor;

/// <summary>Looks at a socket file: whether it is there, whose it is, who may use and replace it, and whether somebody listens.</summary>
internal static class SocketFileCheck
{
    private const string Name = "socket";

    public static async Task<IReadOnlyList<Finding>> RunAsync(RpcEndpoint server, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(server.Path!);
        List<Finding> findings = [];
        try
        {
            if (!File.Exists(path))
            {
                string advice = Path.IsPathRooted(server.Path) ? "Is the server running, with this path?" : $"Is the server running? The path counts from the directory that each of the two was started in; here that is {Directory.GetCurrentDirectory()}.";
                return [Finding.Failed(Name, Directory.Exists(path) ? $"{path} is a directory" : $"there is no {path}", advice, ExitCode.NotConnected)];
            }

            if (FileFacts.Of(path) is { } facts)
            {
                findings.AddRange(Look(path, facts));
                if (facts.IsSocket == false)
                {
                    return findings;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [Finding.Failed(Name, Run.OneLine(e.Message), "The directories above it must let you through.", ExitCode.NotConnected)];
        }

        findings.Add(await KnockAsync(path, cancellationToken));
        return findings;
    }

    private static IEnumerable<Finding> Look(string path, FileFacts facts)
    {
        string what = $"{path} ({facts.OwnerText}mode {facts.ModeText})";
        yield return facts.IsSocket == false ? Finding.Failed(Name, $"{what} is no socket", "Another file has this name; give the server another path.", ExitCode.NotConnected)
            : facts.OthersMayWrite ? Finding.Warning(Name, $"{what}: other users of this machine get as far as the handshake", $"If they need not: chmod 600 {path}")
            : Finding.Ok(Name, what);
        string directory = Path.GetDirectoryName(path)!;
        if (FileFacts.Of(directory) is { OthersMayWrite: true } above)
        {
            yield return Finding.Warning("directory", $"{directory} (mode {above.ModeText}): others can put a socket of theirs in place of the server's; they would not get through the handshake", $"chmod go-w {directory}");
        }
    }

    private static async Task<Finding> KnockAsync(string path, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return Finding.Ok("connection", "somebody listens behind it");
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => Finding.Failed("connection", "nobody listens behind it", "The server that made the file has ended without removing it; start it again, it takes the file over.", ExitCode.NotConnected),
                SocketError.AccessDenied => Finding.Failed("connection", "permission denied", "It belongs to another user: run this as that user, or give the server a socket that a common group may write.", ExitCode.NotConnected),
                _ => Finding.Failed("connection", Run.OneLine(e.Message), null, ExitCode.NotConnected),
            };
        }
        catch (ArgumentException e)
        {
            return Finding.Failed("connection", Run.OneLine(e.Message), "Take a shorter path.", ExitCode.NotConnected);
        }
    }
}
