using System.Text;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Services;

/// <summary>Runs registered methods without a connection.</summary>
internal static class Serve
{
    public static MethodDescriptor Find(this RpcServices services, string name)
        => services.TryFind(Encoding.UTF8.GetBytes(name), out MethodDescriptor? method) ? method : throw new KeyNotFoundException(name);

    public static string[] Names(this RpcServices services) => [.. services.Methods.Select(m => m.Name).Order(StringComparer.Ordinal)];

    public static MethodDescriptor Method(Delegate method, string name = "call") => new RpcServices().Add(name, method).Find(name);

    /// <summary>The same method, run by the invoker of programs that cannot make code.</summary>
    public static MethodDescriptor Boxed(this MethodDescriptor method)
        => new(method.Source, method.Parameters, BoxedInvoker.Build(method.Source, method.Parameters));

    public static RecordingInvocation Call(this MethodDescriptor method, string arguments = "")
        => method.Call(Encoding.UTF8.GetBytes(arguments));

    public static RecordingInvocation Call(this MethodDescriptor method, ReadOnlySpan<byte> arguments)
    {
        var invocation = new RecordingInvocation();
        method.Invoke(arguments, invocation);
        return invocation;
    }

    /// <summary>What the caller is told about arguments that do not fit. The method must not run.</summary>
    public static string Refusal(this MethodDescriptor method, string arguments) => method.Refusal(Encoding.UTF8.GetBytes(arguments));

    public static string Refusal(this MethodDescriptor method, byte[] arguments)
    {
        using var invocation = new RecordingInvocation();
        var error = Assert.Throws<RpcException>(() => method.Invoke(arguments, invocation));
        Assert.Equal(RpcErrorCode.InvalidParams, error.Code);
        Assert.Empty(invocation.Returns);
        return error.Message;
    }
}
