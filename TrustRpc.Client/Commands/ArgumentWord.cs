using System.Text;
using System.Text.Json;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>One argument as it was typed, or as it stands in the file that <c>@file</c> names or on standard input, which is <c>-</c>.</summary>
internal readonly record struct ArgumentWord
{
    public const string StandardInput = "-";

    /// <summary>More than any message may have.</summary>
    private const int MostCharacters = 16 * 1024 * 1024;

    private const int MostLevels = 64;

    private const int BlockCharacters = 8192;

    private readonly string _text;
    private readonly JsonElement? _json;
    private readonly long _problem;

    private ArgumentWord(string text)
    {
        _text = text;
        (_json, _problem) = Parse(text);
    }

    /// <summary>Whether it begins as JSON and is none.</summary>
    public bool IsDoubtful => _json is null && _text.AsSpan().TrimStart() is ['{' or '[' or '"', ..];

    /// <summary>Whether it is a number, true or false.</summary>
    public bool IsBare => _json is { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False };

    /// <summary>Whether it is JSON of a kind that the parameter does not take, and would be taken as a text.</summary>
    public bool IsRefused(OfferedValue? parameter)
        => _json is { ValueKind: not JsonValueKind.String } value && parameter is { Schema.NamesText: true } && parameter.Schema.Forbids(value);

    /// <summary>How a person types it to have it taken as a text.</summary>
    public string AsText()
    {
        string json = JsonLine.Of(_text);
        return _text == Shorten(_text) && !json.Contains('\'') ? $"'{json}'" : "'\"...\"'";
    }

    /// <exception cref="UsageException">There is no such file.</exception>
    public static ArgumentWord Read(string word) => new(word switch
    {
        StandardInput => TextOf("Standard input", StandardStreams.OpenInput),
        ['@', .. var path] when path.Length > 0 => TextOf($"The file of the argument {Name.Printable(word)}", () => Open(path)),
        _ => word,
    });

    /// <param name="parameter">What the server says of its parameter; null = nothing.</param>
    /// <exception cref="UsageException">It is neither JSON nor, as the server has it, a text.</exception>
    public object? ToValue(OfferedValue? parameter)
    {
        if (_json is { } value)
        {
            return IsBare && parameter is { Schema.NamesText: true } && parameter.Schema.Forbids(value) ? _text : value;
        }

        return !IsDoubtful || parameter is { Schema.NamesText: true } ? _text
            : IsDeep(_text) ? throw new UsageException($"The argument {Shorten(_text)} has more than {MostLevels} levels, which no message may have.")
            : throw new UsageException($"The argument {Shorten(_text)} begins as JSON but is none (at byte {_problem}). A text that begins so is written as JSON as well: '\"...\"'.");
    }

    private static (JsonElement? Json, long Problem) Parse(string text)
    {
        // Most texts are seen to be none without a parser that has to fail.
        if (text.Length == 0 || (char.IsAsciiLetter(text[0]) && text is not ("true" or "false" or "null")))
        {
            return (null, 0);
        }

        try
        {
            return (JsonElement.Parse(text), 0);
        }
        catch (JsonException e)
        {
            return (null, (e.BytePositionInLine ?? 0) + 1);
        }
    }

    // Whether it is JSON but for its depth.
    private static bool IsDeep(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The line feed at the end of a file is the file's, not the text's.
    private static string TextOf(string name, Func<Stream> open)
    {
        try
        {
            using StreamReader reader = new(open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            StringBuilder text = new();
            char[] block = new char[BlockCharacters];
            for (int count = reader.Read(block); count > 0; count = reader.Read(block))
            {
                text.Append(block, 0, count);
                if (text.Length > MostCharacters)
                {
                    throw new UsageException($"{name} has more than {MostCharacters} characters, which no message holds.");
                }
            }

            string all = text.ToString();
            return all.EndsWith("\r\n", StringComparison.Ordinal) ? all[..^2] : all.EndsWith('\n') ? all[..^1] : all;
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"{name} is no text in UTF-8. Bytes travel as a JSON string of Base64.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{name} cannot be read: {FileReason.Of(e)}");
        }
    }

    private static FileStream Open(string path) => Directory.Exists(path) ? throw new IOException("It is a directory.") : File.OpenRead(path);

    /// <summary>For a message.</summary>
    public static string Shorten(string text)
    {
        const int Most = 40;
        return Name.Printable(text.Length <= Most ? text : text[..Most] + "...");
    }
}
