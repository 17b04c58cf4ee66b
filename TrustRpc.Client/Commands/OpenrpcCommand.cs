using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>openrpc</c>: what a server offers, as an OpenRPC document on standard output.</summary>
internal static class OpenrpcCommand
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Help => $"""
        Prints what a server offers as an OpenRPC document: methods, parameters and results as JSON Schema, streams, error codes.

        Usage:  dotnet run --project TrustRpc.Client -- openrpc [OPTIONS]

        Options:
          {ServerAddress.Help}
          --help            this

        The secret is the variable TRUST_ID, else the same name in the nearest .env. Errors are one line on standard error.
        {CallCommand.ExitCodes}

        Example:
          dotnet run --project TrustRpc.Client -- openrpc > openrpc.json
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server"], ["--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count > 0)
        {
            throw new UsageException($"'{arguments.Values[0]}' is not an option. See openrpc --help.");
        }

        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), cancellationToken: signals.Token);
        JsonElement document = await client.CallAsync<JsonElement>("rpc.discover", cancellationToken: signals.Token);

        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output, Indented))
        {
            document.WriteTo(json);
        }

        output.Write("\n"u8);
        return ExitCode.Done;
    }
}
