namespace TrustRpc.Management;

/// <summary>Some hundred clients that follow one another. Their names are searched as one text, which is made when it is needed. Not thread-safe.</summary>
internal sealed class ClientStretch
{
    private const int Most = 512;

    /// <summary>What stands behind each name; none has it in it.</summary>
    private const char Separator = '\n';

    private static readonly Comparer<(ClientKey Key, bool)> Order = Comparer<(ClientKey Key, bool)>.Create(static (a, b) => a.Key.CompareTo(b.Key));

    private readonly List<(ClientKey Key, bool Online)> _rows = [];
    private int _online;
    private char[]? _names;
    private int[] _ends = [];

    public ClientKey First => _rows[0].Key;

    public bool IsTooLong => _rows.Count > Most;

    public int Count(bool? online) => online is not { } connected ? _rows.Count : connected ? _online : _rows.Count - _online;

    /// <summary>True = the client is new.</summary>
    public bool Set(ClientKey key, bool online)
    {
        int at = _rows.BinarySearch((key, online), Order);
        if (at >= 0)
        {
            _online += (online ? 1 : 0) - (_rows[at].Online ? 1 : 0);
            _rows[at] = (key, online);
            return false;
        }

        _rows.Insert(~at, (key, online));
        _online += online ? 1 : 0;
        _names = null;
        return true;
    }

    /// <summary>False = it was not there.</summary>
    public bool Remove(ClientKey key)
    {
        int at = _rows.BinarySearch((key, false), Order);
        if (at < 0)
        {
            return false;
        }

        _online -= _rows[at].Online ? 1 : 0;
        _rows.RemoveAt(at);
        _names = null;
        return true;
    }

    /// <summary>Gives away the second half.</summary>
    public ClientStretch TakeHalf()
    {
        int half = _rows.Count / 2;
        ClientStretch second = new();
        second._rows.AddRange(_rows[half..]);
        second._online = second._rows.Count(static row => row.Online);
        _rows.RemoveRange(half, _rows.Count - half);
        _online -= second._online;
        _names = null;
        return second;
    }

    public void Search(ClientSearch search)
    {
        if (search.Text is { } text)
        {
            SearchNames(search, text);
        }
        else if (search.IsBefore(Count(search.Online)))
        {
            search.Pass(Count(search.Online));
        }
        else
        {
            foreach ((ClientKey key, bool online) in _rows)
            {
                if (online == (search.Online ?? online))
                {
                    search.Take(key);
                }
            }
        }
    }

    private void SearchNames(ClientSearch search, string text)
    {
        if (text.Contains(Separator, StringComparison.Ordinal))
        {
            return;
        }

        ReadOnlySpan<char> names = _names ??= Join();
        int row = 0;
        int from = 0;
        while (names[from..].IndexOf(text) is >= 0 and var at)
        {
            while (_ends[row] <= from + at)
            {
                row++;
            }

            (ClientKey key, bool online) = _rows[row];
            if (online == (search.Online ?? online))
            {
                search.Take(key);
            }

            from = _ends[row++];
        }
    }

    private char[] Join()
    {
        char[] names = new char[_rows.Sum(static row => row.Key.Name.Length + 1)];
        _ends = new int[_rows.Count];
        int end = 0;
        for (int row = 0; row < _ends.Length; row++)
        {
            end += _rows[row].Key.Name.AsSpan().ToUpperInvariant(names.AsSpan(end));
            names[end++] = Separator;
            _ends[row] = end;
        }

        return names;
    }
}
