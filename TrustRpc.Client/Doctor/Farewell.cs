namespace TrustRpc.Client.Doctor;

/// <summary>Leaves a conversation in which nothing was said, so that the server's log does not speak of a loss.</summary>
internal static class Farewell
{
    private static readonly byte[] GoAway = """{"jsonrpc":"2.0","method":"$/goaway","params":{"reason":"shutdown","message":"This side only looked in."}}"""u8.ToArray();

    public static async Task SayAsync(TrustStream stream, CancellationToken cancellationToken)
    {
        try
        {
            await new FrameStream(stream).WriteAsync(GoAway, cancellationToken);
            await stream.ShutdownAsync(cancellationToken);
        }
        catch (IOException)
        {
            // The server was faster.
        }
    }
}
