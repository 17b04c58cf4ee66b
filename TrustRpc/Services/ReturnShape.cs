namespace TrustRpc.Services;

/// <summary>The ways in which a method hands over its result.</summary>
internal enum ReturnKind
{
    Nothing,
    Value,
    Task,
    TaskOfValue,
    ValueTask,
    ValueTaskOfValue,
}

/// <summary>How a method returns, and what: <paramref name="Type"/> is the type of the result itself, null where there is none.</summary>
internal readonly record struct ReturnShape(ReturnKind Kind, Type? Type)
{
    public static ReturnShape Of(Type type)
    {
        if (type == typeof(void))
        {
            return new(ReturnKind.Nothing, null);
        }

        if (type == typeof(ValueTask))
        {
            return new(ReturnKind.ValueTask, null);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            return new(ReturnKind.ValueTaskOfValue, type.GenericTypeArguments[0]);
        }

        return typeof(Task).IsAssignableFrom(type) ? OfTask(type) : new(ReturnKind.Value, type);
    }

    private static ReturnShape OfTask(Type type)
    {
        for (Type? t = type; t is not null; t = t.BaseType)
        {
            if (t.IsGenericType && t.GetGenericTypeDefinition() == typeof(Task<>))
            {
                return new(ReturnKind.TaskOfValue, t.GenericTypeArguments[0]);
            }
        }

        return new(ReturnKind.Task, null);
    }
}
