using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>
/// Reads the arguments of one call out of the JSON of its <c>params</c>: an array by position, an object by name, or nothing. Arguments are read in the order of the
/// method's parameters, each once, and <see cref="End"/> follows the last. By position this is one pass without an allocation.
/// </summary>
/// <remarks>Everything that is wrong with what the caller sent is an <see cref="RpcErrorCode.InvalidParams"/>.</remarks>
internal ref struct ArgumentReader
{
    private readonly MethodDescriptor _method;
    private readonly ReadOnlySpan<byte> _params;
    private readonly IStreamScope? _streams;
    private ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader; // over _json: all of params, or the one named value that is read now
    private NamedArguments _named;
    private Form _form;

    /// <param name="json">The JSON of <c>params</c>; empty where there is none.</param>
    /// <param name="method">The method whose parameters are read.</param>
    /// <param name="streams">Whose sequences and progress arguments are among them; null where there can be none.</param>
    public ArgumentReader(ReadOnlySpan<byte> json, MethodDescriptor method, IStreamScope? streams = null)
    {
        _streams = streams;
        _params = json;
        _json = json;
        _method = method;
    }

    private enum Form
    {
        Unread,
        Absent,
        ByPosition,
        ByName,
    }

    public string? ReadString(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<string?>(position);
        }

        switch (_reader.TokenType)
        {
            case JsonTokenType.String:
                return Text(position);
            case JsonTokenType.Null when Parameter(position).AllowsNull:
                return null;
            default:
                throw IllTyped(position);
        }
    }

    public int ReadInt32(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<int>(position);
        }

        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out int value) ? value : throw IllTyped(position);
    }

    public long ReadInt64(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<long>(position);
        }

        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out long value) ? value : throw IllTyped(position);
    }

    public double ReadDouble(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<double>(position);
        }

        // 1e999 reads as infinity, which is not what the caller wrote.
        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw IllTyped(position);
    }

    public bool ReadBoolean(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<bool>(position);
        }

        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw IllTyped(position),
        };
    }

    public JsonElement ReadElement(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<JsonElement>(position);
        }

        int start = (int)_reader.TokenStartIndex;
        try
        {
            return JsonElement.ParseValue(ref _reader);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw Unreadable(position, start, e);
        }
    }

    public T? Read<T>(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<T>(position);
        }

        var typeInfo = (JsonTypeInfo<T>)CheckedTypeInfo(position);
        int start = (int)_reader.TokenStartIndex;
        IStreamScope? outer = StreamScope.Enter(_streams);
        try
        {
            return JsonSerializer.Deserialize(ref _reader, typeInfo);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw Unreadable(position, start, e);
        }
        finally
        {
            StreamScope.Enter(outer);
        }
    }

    public object? ReadBoxed(int position)
    {
        if (!MoveTo(position))
        {
            return Absent<object?>(position);
        }

        JsonTypeInfo typeInfo = CheckedTypeInfo(position);
        int start = (int)_reader.TokenStartIndex;
        IStreamScope? outer = StreamScope.Enter(_streams);
        try
        {
            return JsonSerializer.Deserialize(ref _reader, typeInfo);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw Unreadable(position, start, e);
        }
        finally
        {
            StreamScope.Enter(outer);
        }
    }

    /// <summary>All of it, whatever it is: nothing is left for <see cref="End"/> to find.</summary>
    public RpcArguments ReadAll()
    {
        _form = Form.Absent;
        if (_json.IsEmpty)
        {
            return RpcArguments.None;
        }

        _reader = new Utf8JsonReader(_json);
        Advance();
        if (_reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            throw ArgumentError.NoParams(_method, _reader.TokenType);
        }

        try
        {
            return new RpcArguments(JsonElement.ParseValue(ref _reader));
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }

    /// <summary>Makes sure that the caller gave nothing beyond what was read. Comes before the method runs.</summary>
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

    /// <summary>Puts the reader on the argument's first token; false where the caller gave none.</summary>
    private bool MoveTo(int position)
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

    private void Begin()
    {
        if (_json.IsEmpty)
        {
            _form = Form.Absent;
            return;
        }

        _reader = new Utf8JsonReader(_json);
        Advance();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartArray:
                _form = Form.ByPosition;
                break;
            case JsonTokenType.StartObject:
                _named.Find(ref _reader, _method);
                _form = Form.ByName;
                break;
            default:
                throw ArgumentError.NoParams(_method, _reader.TokenType);
        }
    }

    private bool Next()
    {
        Advance();
        if (_reader.TokenType != JsonTokenType.EndArray)
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

        _json = _params[place];
        _reader = new Utf8JsonReader(_json);
        Advance();
        return true;
    }

    private void Advance()
    {
        try
        {
            if (!_reader.Read())
            {
                throw ArgumentError.Malformed(_method, null);
            }
        }
        catch (JsonException e)
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }

    private readonly ParameterDescriptor Parameter(int position) => _method.WireParameters[position];

    private readonly T? Absent<T>(int position)
    {
        ParameterDescriptor parameter = Parameter(position);
        return parameter.IsOptional ? (T?)parameter.Default : throw ArgumentError.Missing(_method, parameter);
    }

    /// <remarks>Fails outside the caller's fault: a type that cannot be serialised is the service's own mistake.</remarks>
    private readonly JsonTypeInfo CheckedTypeInfo(int position)
    {
        ParameterDescriptor parameter = Parameter(position);
        return _reader.TokenType != JsonTokenType.Null || parameter.AllowsNull ? parameter.TypeInfo : throw IllTyped(position);
    }

    private string? Text(int position)
    {
        try
        {
            return PlainText.Read(in _reader);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw ArgumentError.BadText(_method, Parameter(position), e);
        }
    }

    private readonly RpcException IllTyped(int position) => ArgumentError.IllTyped(_method, Parameter(position), in _reader);

    private readonly RpcException Unreadable(int position, int start, Exception cause)
        => ArgumentError.Unreadable(_method, Parameter(position), _json[start..], cause);

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
            _reader.Skip();
        }
        catch (JsonException e)
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }
}
