using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Serving;

/// <summary>
/// Answers out of a directory: <c>NAME.json</c> is the result of the method NAME, <c>NAME.error.json</c> its error, <c>NAME.jsonl</c> its stream, an item a line.
/// The files are read at each call.
/// </summary>
internal sealed class Fixtures
{
    private const string Stream = ".jsonl";
    private const string Error = ".error.json";
    private const string Result = ".json";
    private const long LargestFile = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly string _directory;
    private readonly HashSet<string> _known = [];

    /// <exception cref="UsageException">There is no such directory.</exception>
    public Fixtures(string directory)
    {
        _directory = directory;
        if (!Directory.Exists(directory))
        {
            throw new UsageException($"--fixtures {directory}: there is no such directory.");
        }
    }

    /// <summary>Adds a method for each file that has none yet.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="remark">Gets a line for each file that cannot be a method.</param>
    public void AddNewTo(RpcServices services, Action<string> remark)
    {
        foreach (string file in Directory.EnumerateFiles(_directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal))
        {
            string? ending = Array.Find([Stream, Error, Result], ending => file.Length > ending.Length && file.EndsWith(ending, StringComparison.Ordinal));
            if (ending is null || !_known.Add(file[..^ending.Length]))
            {
                continue;
            }

            try
            {
                Add(services, file[..^ending.Length], isStream: ending == Stream);
            }
            catch (InvalidOperationException e)
            {
                remark($"{file} is left out: {e.Message}");
            }
        }
    }

    private void Add(RpcServices services, string name, bool isStream)
    {
        if (isStream)
        {
            services.Add(name, (RpcArguments _) => Items(name), stream: true);
        }
        else
        {
            services.Add(name, (RpcArguments _) => Answer(name));
        }
    }

    private IEnumerable<JsonElement> Items(string name)
    {
        string path = Path.Combine(_directory, name + Stream);
        return Read(path, name).Split('\n').Index()
            .Where(line => !string.IsNullOrWhiteSpace(line.Item))
            .Select(line => Parse(line.Item, $"{name}{Stream}, line {line.Index + 1}"));
    }

    private JsonElement Answer(string name)
    {
        string result = Path.Combine(_directory, name + Result);
        string error = Path.Combine(_directory, name + Error);
        return File.Exists(result) || !File.Exists(error) ? Parse(Read(result, name), name + Result) : throw Failure(Parse(Read(error, name), name + Error), name + Error);
    }

    private static RpcException Failure(JsonElement error, string file)
    {
        if (error.ValueKind != JsonValueKind.Object || !error.TryGetProperty("message", out JsonElement message) || message.ValueKind != JsonValueKind.String)
        {
            return new RpcException($"{file} is no error: it needs a \"message\", and may have a \"code\" and \"data\".");
        }

        int code = error.TryGetProperty("code", out JsonElement given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out int number) ? number : (int)RpcErrorCode.ApplicationError;
        return new RpcException((RpcErrorCode)code, message.GetString()!) { ErrorData = error.TryGetProperty("data", out JsonElement data) ? data : null };
    }

    private static string Read(string path, string name)
    {
        try
        {
            return new FileInfo(path).Length <= LargestFile ? File.ReadAllText(path) : throw new RpcException($"{Path.GetFileName(path)} is larger than {LargestFile} bytes.");
        }
        catch (FileNotFoundException)
        {
            throw new RpcException(RpcErrorCode.MethodNotFound, $"There is no answer for '{name}' any more.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RpcException($"{Path.GetFileName(path)} cannot be read: {e.Message}");
        }
    }

    private static JsonElement Parse(string text, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Lenient);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new RpcException($"{where} is no JSON: {e.Message}");
        }
    }
}
