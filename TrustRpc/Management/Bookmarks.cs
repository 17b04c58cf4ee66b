namespace TrustRpc.Management;

/// <summary>
/// Where in an ordered table the row of a number is, without walking over all rows before it: some keys, and how many rows there are from each to the next. Changed by one thread at a time, read by any.
/// </summary>
internal sealed class Bookmarks
{
    /// <summary>Rows from one mark to the next when they are set: at most so many are walked over, and twice as many once others have come between.</summary>
    private const int Interval = 256;

    private readonly Lock _gate = new();
    private readonly List<Mark> _marks = [new Mark(ClientKey.First, 0)];
    private int _total;

    /// <summary>Rows in all.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>The beginning of a stretch that has grown too long to be walked over; null = there is none.</summary>
    public Mark? TooLong => _marks.Find(static mark => mark.Count > 2 * Interval);

    /// <summary>Where rows are: behind a mark, so many rows on, and before another mark; null = before the end.</summary>
    public (ClientKey From, ClientKey? To, int Skip) Find(int row, int count)
    {
        lock (_gate)
        {
            int at = 0;
            while (at < _marks.Count - 1 && row >= _marks[at].Count)
            {
                row -= _marks[at++].Count;
            }

            int end = at;
            for (long left = (long)row + count; end < _marks.Count && left > 0; end++)
            {
                left -= _marks[end].Count;
            }

            return (_marks[at].From, end < _marks.Count ? _marks[end].From : null, row);
        }
    }

    /// <summary>Adds a row behind all others.</summary>
    public void Append(ClientKey key)
    {
        lock (_gate)
        {
            if (_marks[^1].Count == Interval)
            {
                _marks.Add(new Mark(key, 0));
            }

            _marks[^1].Count++;
            _total++;
        }
    }

    public void Add(ClientKey key)
    {
        lock (_gate)
        {
            _marks[IndexOf(key)].Count++;
            _total++;
        }
    }

    public void Remove(ClientKey key)
    {
        lock (_gate)
        {
            int at = IndexOf(key);
            _marks[at].Count--;
            _total--;
            if (_marks[at].Count == 0 && at > 0)
            {
                _marks.RemoveAt(at);
            }
        }
    }

    /// <summary>Puts the marks of the rows of a stretch, which were appended to others, in its place.</summary>
    public void Divide(Mark stretch, Bookmarks rows)
    {
        lock (_gate)
        {
            int at = _marks.IndexOf(stretch);
            rows._marks[0] = new Mark(stretch.From, rows._marks[0].Count);
            _marks.RemoveAt(at);
            _marks.InsertRange(at, rows._marks);
            _total += rows._total - stretch.Count;
        }
    }

    // The last mark that is not behind the key; the first one never is.
    private int IndexOf(ClientKey key)
    {
        int low = 0;
        int high = _marks.Count;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = _marks[middle].From.CompareTo(key) <= 0 ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>A key, and how many rows follow from it to the next mark. The key's own row may be gone.</summary>
    internal sealed class Mark(ClientKey from, int count)
    {
        public ClientKey From => from;

        public int Count { get; set; } = count;
    }
}
