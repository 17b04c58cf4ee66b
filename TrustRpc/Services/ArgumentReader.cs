using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>
/// Reads the arguments of one call as the types of the method's parameters, in their order, each once; <see cref="End"/> follows the last. By position this is one pass without an allocation.
/// </summary>
/// <remarks>Everything that is wrong with what the caller sent is an <see cref="RpcErrorCode.InvalidParams"/>.</remarks>
internal ref struct ArgumentReader
{
    private readonly MethodDescriptor _method;
    private readonly IStreamScope? _streams;
    private ArgumentCursor _cursor;

    /// <param name="json">The JSON of <c>params</c>; empty where there is none.</param>
    /// <param name="method">The method whose parameters are read.</param>
    /// <param name="streams">Whose sequences and progress arguments are among them; null where there can be none.</param>
    public ArgumentReader(ReadOnlySpan<byte> json, MethodDescriptor method, IStreamScope? streams = null)
    {
        _method = method;
        _streams = streams;
        _cursor.Start(json, method);
    }

    public string? ReadString(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<string?>(position);
        }

        switch (_cursor.Reader.TokenType)
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
        if (!_cursor.MoveTo(position))
        {
            return Absent<int>(position);
        }

        return _cursor.Reader.TokenType == JsonTokenType.Number && _cursor.Reader.TryGetInt32(out int value) ? value : throw IllTyped(position);
    }

    public long ReadInt64(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<long>(position);
        }

        return _cursor.Reader.TokenType == JsonTokenType.Number && _cursor.Reader.TryGetInt64(out long value) ? value : throw IllTyped(position);
    }

    public double ReadDouble(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<double>(position);
        }

        // 1e999 reads as infinity, which is not what the caller wrote.
        return _cursor.Reader.TokenType == JsonTokenType.Number && _cursor.Reader.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw IllTyped(position);
    }

    public bool ReadBoolean(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<bool>(position);
        }

        return _cursor.Reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw IllTyped(position),
        };
    }

    public JsonElement ReadElement(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<JsonElement>(position);
        }

        int start = (int)_cursor.Reader.TokenStartIndex;
        try
        {
            return JsonElement.ParseValue(ref _cursor.Reader);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw Unreadable(position, start, e);
        }
    }

    public T? Read<T>(int position)
    {
        if (!_cursor.MoveTo(position))
        {
            return Absent<T>(position);
        }

        var typeInfo = (JsonTypeInfo<T>)CheckedTypeInfo(position);
        int start = (int)_cursor.Reader.TokenStartIndex;
        IStreamScope? outer = StreamScope.Enter(_streams);
        try
        {
            return JsonSerializer.Deserialize(ref _cursor.Reader, typeInfo);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e) || ArgumentError.LacksDerivedType(e, Parameter(position), _cursor.Json[start..]))
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
        if (!_cursor.MoveTo(position))
        {
            return Absent<object?>(position);
        }

        JsonTypeInfo typeInfo = CheckedTypeInfo(position);
        int start = (int)_cursor.Reader.TokenStartIndex;
        IStreamScope? outer = StreamScope.Enter(_streams);
        try
        {
            return JsonSerializer.Deserialize(ref _cursor.Reader, typeInfo);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e) || ArgumentError.LacksDerivedType(e, Parameter(position), _cursor.Json[start..]))
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
        if (!_cursor.MoveToAll())
        {
            return RpcArguments.None;
        }

        try
        {
            return new RpcArguments(JsonElement.ParseValue(ref _cursor.Reader));
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw ArgumentError.Malformed(_method, e);
        }
    }

    /// <summary>Makes sure that the caller gave nothing beyond what was read. Comes before the method runs.</summary>
    public void End() => _cursor.End();

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
        return _cursor.Reader.TokenType != JsonTokenType.Null || parameter.AllowsNull ? parameter.TypeInfo : throw IllTyped(position);
    }

    private string? Text(int position)
    {
        try
        {
            return PlainText.Read(in _cursor.Reader);
        }
        catch (Exception e) when (ArgumentError.IsOfTheCaller(e))
        {
            throw ArgumentError.BadText(_method, Parameter(position), e);
        }
    }

    private readonly RpcException IllTyped(int position) => ArgumentError.IllTyped(_method, Parameter(position), in _cursor.Reader);

    private readonly RpcException Unreadable(int position, int start, Exception cause)
        => ArgumentError.Unreadable(_method, Parameter(position), _cursor.Json[start..], cause);
}
