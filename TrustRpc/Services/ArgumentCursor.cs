using System.Text.Json;

namespace TrustRpc.Services;

/// <summary>
/// Finds the arguments of one call in the JSON of its <c>params</c>: an array by position, an object by name, or nothing. Arguments are moved to in the order of the
/// method's parameters, each once, and <see cref="End"/> follows the last.
/// </summary>
/// <remarks>Everything that is wrong with what the caller sent is an <see cref="RpcErrorCode.InvalidParams"/>.</remarks>
internal ref struct ArgumentCursor
{
    private MethodDescriptor _method;
    private ReadOnlySpan<byte> _params;
    private NamedArguments _named;
    private Form _form;

    /// <summary>Stands on the first token of the argument that was moved to; whoever reads that leaves it on the last.</summary>
    public Utf8JsonReader Reader;

    /// <summary>What <see cref="Reader"/> reads: all of <c>params</c>, or the one named value.</summary>
    public ReadOnlySpan<byte> Json { get; private set; }

    private enum Form
    {
        Unread,
        Absent,
        ByPosition,
        ByName,
    }

    /// <summary>Takes up the arguments of a call; instead of a constructor, whose result would be copied to where it belongs.</summary>
    /// <param name="json">The JSON of <c>params</c>; empty where there is none.</param>
    /// <param name="method">The method whose parameters they are.</param>
    public void Start(ReadOnlySpan<byte> json, MethodDescriptor method)
    {
        _method = method;
        _params = json;
        Json = json;
    }

    /// <summary>Goes to an argument; false where the caller gave none.</summary>
    public bool MoveTo(int position)
    {
        if (_form == Form.Unread)
        {
            Begin();
        }

        return _form switch
        {
            Form.ByPosition => Next(),
            Form.ByName => MoveToNamed(position),
            _ => false,
        };
    }

    /// <summary>Goes to the whole of <c>params</c>, of which nothing is left for <see cref="End"/> to find; false where there is none.</summary>
    public bool MoveToAll()
    {
        _form = Form.Absent;
        if (Json.IsEmpty)
        {
            return false;
        }

        Reader = new Utf8JsonReader(Json);
        Advance();
        return Reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? true : throw ArgumentError.NoParams(_method, Reader.TokenType);
    }

    /// <summary>Makes sure that the caller gave nothing beyond what was moved to.</summary>
    public void End()
    {
        if (_form == Form.Unread)
        {
            Begin();
        }

        if (_form == Form.ByPosition && Next())
        {
            throw ArgumentError.Surplus(_method, CountAll());
        }
    }

    private void Begin()
    {
        if (Json.IsEmpty)
        {
            _form = Form.Absent;
            return;
        }

        Reader = new Utf8JsonReader(Json);
        Advance();
        switch (Reader.TokenType)
        {
            case JsonTokenType.StartArray:
                _form = Form.ByPosition;
                break;
            case JsonTokenType.StartObject:
                _named.Find(ref Reader, _method);
                _form = Form.ByName;
                break;
            default:
                throw ArgumentError.NoParams(_method, Reader.TokenType);
        }
    }

    private bool Next()
    {
        Advance();
        if (Reader.TokenType != JsonTokenType.EndArray)
        {
            return true;
        }

        _form = Form.Absent;
        return false;
    }

    private bool MoveToNamed(int position)
    {
        if (!_named.TryGet(position, out Range place))
        {
            return false;
        }

        Json = _params[place];
        Reader = new Utf8JsonReader(Json);
        Advance();
        return true;
    }

    private void Advance()
    {
        try
        {
            if (!Reader.Read())
            {
                throw ArgumentError.Malformed(_method, null);
            }
        }
        catch (JsonException e)
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }

    private int CountAll()
    {
        int count = _method.WireParameters.Length;
        do
        {
            count++;
            Skip();
        }
        while (Next());
        return count;
    }

    private void Skip()
    {
        try
        {
            Reader.Skip();
        }
        catch (JsonException e)
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }
}
