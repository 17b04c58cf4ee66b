using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Services;

namespace TrustRpc.Tests.Support;

/// <summary>An invocation that keeps what a method returned, and through which member.</summary>
internal sealed class RecordingInvocation : Invocation, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public override RpcContext Context { get; } = (RpcContext)RuntimeHelpers.GetUninitializedObject(typeof(RpcContext));

    public override CancellationToken CancellationToken => _source.Token;

    /// <summary>The <c>Return</c> members used, such as <c>ReturnTask&lt;Int32&gt;</c>.</summary>
    public List<string> Returns { get; } = [];

    public object? Result { get; private set; }

    public override void Return() => Returns.Add("Return");

    public override void Return<T>(T value) => Keep($"Return<{typeof(T).Name}>", value);

    public override void ReturnSequence<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType) => Keep($"ReturnSequence<{typeof(T).Name}>", sequence);

    public override void ReturnTask(Task task)
    {
        task.GetAwaiter().GetResult();
        Returns.Add("ReturnTask");
    }

    public override void ReturnTask<T>(Task<T> task) => Keep($"ReturnTask<{typeof(T).Name}>", task.GetAwaiter().GetResult());

    public override void ReturnValueTask(ValueTask task)
    {
        task.AsTask().GetAwaiter().GetResult();
        Returns.Add("ReturnValueTask");
    }

    public override void ReturnValueTask<T>(ValueTask<T> task) => Keep($"ReturnValueTask<{typeof(T).Name}>", task.AsTask().GetAwaiter().GetResult());

    public void Dispose() => _source.Dispose();

    private void Keep(string member, object? value)
    {
        Returns.Add(member);
        Result = value;
    }
}
