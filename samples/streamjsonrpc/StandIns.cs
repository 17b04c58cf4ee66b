using System.Text.Json;

// The few types of that library that the sample names, so that it compiles without its packages. Take this file away where they are there.
namespace StreamJsonRpc;

internal sealed class JsonRpc(IDisposable handler) : IDisposable
{
    public static T Attach<T>(Stream stream)
        where T : class
        => throw NotHere(stream);

    public void StartListening() => throw NotHere(handler);

    public Task<T> InvokeAsync<T>(string method, params object?[] arguments) => throw NotHere(method);

    public void Dispose() => handler.Dispose();

    private static NotSupportedException NotHere(object what) => new($"StreamJsonRpc is not referenced: {what}");
}

internal sealed class LengthHeaderMessageHandler(Stream sending, Stream receiving, SystemTextJsonFormatter formatter) : IDisposable
{
    public SystemTextJsonFormatter Formatter => formatter;

    public void Dispose()
    {
        sending.Dispose();
        receiving.Dispose();
    }
}

internal sealed class SystemTextJsonFormatter
{
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = new();
}
