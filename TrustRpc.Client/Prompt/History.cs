namespace TrustRpc.Client.Prompt;

/// <summary>
/// The lines that were entered, in memory and in a file that its owner alone can read. Lines that begin with a space are not kept, so that somebody can type what
/// nobody is to find.
/// </summary>
internal sealed class History
{
    private const int Most = 1000;
    private const long LargestFile = 4 * 1024 * 1024;
    private const UnixFileMode ForOwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string? _path;
    private readonly List<string> _lines = [];
    private string _draft = "";
    private int _at;

    /// <param name="path">The file; null = only in memory. One that cannot be used is as none.</param>
    public History(string? path)
    {
        _path = path;
        Try(Load);
    }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>A new line is begun: behind the last one.</summary>
    public void Begin() => (_at, _draft) = (_lines.Count, "");

    /// <summary>The line before; null where there is none.</summary>
    /// <param name="now">What stands there now; kept where it is the new line.</param>
    public string? Earlier(string now)
    {
        if (_at == 0)
        {
            return null;
        }

        _draft = _at == _lines.Count ? now : _draft;
        return _lines[--_at];
    }

    /// <summary>The line behind, at last the new one as it was left; null where there is none.</summary>
    public string? Later()
    {
        if (_at >= _lines.Count)
        {
            return null;
        }

        return ++_at == _lines.Count ? _draft : _lines[_at];
    }

    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || line.StartsWith(' ') || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_lines.Count > Most)
        {
            _lines.RemoveAt(0);
        }

        Try(() =>
        {
            using StreamWriter file = Open(FileMode.Append);
            file.Write(line + "\n");
        });
    }

    private void Load()
    {
        if (!File.Exists(_path) || new FileInfo(_path).Length > LargestFile)
        {
            return;
        }

        string[] lines = File.ReadAllLines(_path);
        _lines.AddRange(lines.TakeLast(Most));
        if (lines.Length > 2 * Most)
        {
            using StreamWriter file = Open(FileMode.Create);
            file.Write(string.Concat(_lines.Select(line => line + "\n")));
        }
    }

    private StreamWriter Open(FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        }
        else
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!, ForOwnerAlone | UnixFileMode.UserExecute);
            options.UnixCreateMode = ForOwnerAlone;
        }

        StreamWriter file = new(_path!, options);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_path!, ForOwnerAlone);
        }

        return file;
    }

    // A shell without a history is better than none.
    private void Try(Action use)
    {
        try
        {
            if (_path is not null)
            {
                use();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As if there were no file.
        }
    }
}
