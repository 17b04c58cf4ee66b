using System.Text;
using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>openrpc</c>: what a server offers, as an OpenRPC document on standard output.</summary>
internal static class OpenrpcCommand
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Description => new("openrpc", "Prints what a server offers, as an OpenRPC document")
    {
        Options = [Option.Server],
        Notes = ["The document has methods, parameters and results as JSON Schema, streams and error codes."],
        Examples = ["trustrpc openrpc > openrpc.json"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), cancellationToken: signals.Token);
        JsonElement document = await client.CallAsync<JsonElement>("rpc.discover", cancellationToken: signals.Token);

        using MemoryStream written = new();
        using (Utf8JsonWriter json = new(written, Indented))
        {
            document.WriteTo(json);
        }

        using OutputLines output = new();
        output.WriteLine(Encoding.UTF8.GetString(written.GetBuffer(), 0, (int)written.Length));
        return ExitCode.Done;
    }
}
