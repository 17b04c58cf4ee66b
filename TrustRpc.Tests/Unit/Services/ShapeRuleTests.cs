using System.Linq.Expressions;

namespace TrustRpc.Tests.Unit.Services;

public sealed class ShapeRuleTests
{
    public static TheoryData<object, string> Refused => new()
    {
        { new ByRef(), "ByRef.M(Int32): parameter 'a' is ref: arguments travel as copies; pass a value and return what changes" },
        { new ByOut(), "ByOut.M(Int32): parameter 'a' is out: arguments travel as copies; pass a value and return what changes" },
        { new ByIn(), "ByIn.M(Int32): parameter 'a' is in: arguments travel as copies; pass a value and return what changes" },
        { new ByPointer(), "ByPointer.M(Int32*): parameter 'a' is Int32*: a pointer means nothing in another process" },
        { new OnStack(), "OnStack.M(Span<Byte>): parameter 'a' is Span<Byte>: it lives on the stack and cannot be received; use an array" },
        { new ParamsOnStack(), "ParamsOnStack.M(ReadOnlySpan<Int32>): parameter 'a' is ReadOnlySpan<Int32>: it lives on the stack and cannot be received; use an array" },
        { new Generic(), "Generic.M(T) is generic: a caller cannot say for which types" },
        { new Void(), "Void.M() is async void: nobody can know when it ends or whether it failed; return a Task" },
        { new Code(), "Code.M(Action): parameter 'a' is Action: code does not travel; let the caller register a method and call it back through RpcContext" },
        { new ConcreteProgress(), "ConcreteProgress.M(Progress<Int32>): parameter 'a' is Progress<Int32>: progress is reported through IProgress<Int32>" },
        { new ReturnsProgress(), "ReturnsProgress.M() returns IProgress<Int32>: progress is reported through a parameter; take an IProgress instead" },
        { new StreamOfStreams(), "StreamOfStreams.M() returns IAsyncEnumerable<IAsyncEnumerable<Int32>>: the items of a sequence are values" },
        { new StreamOfTasks(), "StreamOfTasks.M(IAsyncEnumerable<Task>): parameter 'a' is IAsyncEnumerable<Task>: a task does not travel; use its value" },
        { new StreamOfOne(), "StreamOfOne.M() returns Int32: Stream = true asks for an IEnumerable" },
        { new ReturnsRef(), "ReturnsRef.M() returns by reference; return the value" },
        { new ReturnsSpan(), "ReturnsSpan.M() returns Span<Int32>: it lives on the stack and cannot be received; use an array" },
        { new TakesTask(), "TakesTask.M(Task): parameter 'a' is Task: a task does not travel; use its value" },
        { new TakesHandle(), "TakesHandle.M(IntPtr): parameter 'a' is IntPtr: a pointer means nothing in another process" },
        { new TakesBytes(), "TakesBytes.M(Stream): parameter 'a' is Stream: it does not travel; use a byte[], or an IAsyncEnumerable<byte[]> for many bytes" },
        { new ReturnsType(), "ReturnsType.M() returns Type: a type does not travel; use its name" },
        { new TwoTokens(), "TwoTokens.M(CancellationToken, CancellationToken) has two CancellationToken parameters; a call has one" },
        { new AllAndMore(), "AllAndMore.M(RpcArguments, Int32) takes all arguments as RpcArguments, which leaves none for another parameter" },
        { new SameName(), "SameName.M(Int32, Int32): two parameters are called 'A'; names are compared without regard to case" },
        { new HasProperty(), "IHasProperty.P is a property: only methods can be called; make it a method" },
        { new HasEvent(), "IHasEvent.E is an event: only methods can be called; let the caller register a method instead" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_method_that_cannot_be_called_from_afar_is_refused_with_the_reason(object service, string reason)
        => Assert.Equal($"Nothing was registered: {reason}.", Assert.Throws<InvalidOperationException>(() => new RpcServices().Add(service)).Message);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        string message = Assert.Throws<InvalidOperationException>(() => new RpcServices().Add(new Several())).Message;

        Assert.Contains("'a' is ref", message, StringComparison.Ordinal);
        Assert.Contains("'b' is Action", message, StringComparison.Ordinal);
        Assert.Contains("Several.N(T) is generic", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delegate_obeys_the_same_rules()
    {
        Assert.Throws<InvalidOperationException>(() => new RpcServices().Add("x", (ref int a) => a));
        Assert.Throws<InvalidOperationException>(() => new RpcServices().Add("x", async void () => await Task.Yield()));
    }

    [Fact]
    public void A_delegate_made_at_run_time_is_served()
    {
        ParameterExpression a = Expression.Parameter(typeof(int), "a");
        Func<int, int> twice = Expression.Lambda<Func<int, int>>(Expression.Add(a, a), a).Compile();

        Assert.Equal(8, Serve.Method(twice).Call("[4]").Result);
    }

    [RpcService]
    private interface IHasProperty
    {
        int P { get; set; }
    }

    [RpcService]
    private interface IHasEvent
    {
        event Action E;
    }

    private sealed class ByRef
    {
        [RpcMethod]
        public void M(ref int a) => a++;
    }

    private sealed class ByOut
    {
        [RpcMethod]
        public void M(out int a) => a = 1;
    }

    private sealed class TakesHandle
    {
        [RpcMethod]
        public int M(nint a) => (int)a;
    }

    private sealed class TakesBytes
    {
        [RpcMethod]
        public long M(Stream a) => a.Length;
    }

    private sealed class ReturnsType
    {
        [RpcMethod]
        public Type M() => GetType();
    }

    private sealed class ByIn
    {
        [RpcMethod]
        public int M(in int a) => a;
    }

    private sealed class ByPointer
    {
        [RpcMethod]
        public unsafe int M(int* a) => *a;
    }

    private sealed class OnStack
    {
        [RpcMethod]
        public int M(Span<byte> a) => a.Length;
    }

    private sealed class ParamsOnStack
    {
        [RpcMethod]
        public int M(params ReadOnlySpan<int> a) => a.Length;
    }

    private sealed class Generic
    {
        [RpcMethod]
        public T M<T>(T a) => a;
    }

    private sealed class Void
    {
        [RpcMethod]
        public async void M() => await Task.Yield();
    }

    private sealed class Code
    {
        [RpcMethod]
        public void M(Action a) => a();
    }

    private sealed class ConcreteProgress
    {
        [RpcMethod]
        public void M(Progress<int> a) => a.ToString();
    }

    private sealed class ReturnsProgress
    {
        [RpcMethod]
        public IProgress<int> M() => throw new NotSupportedException();
    }

    private sealed class StreamOfStreams
    {
        [RpcMethod]
        public IAsyncEnumerable<IAsyncEnumerable<int>> M() => throw new NotSupportedException();
    }

    private sealed class StreamOfTasks
    {
        [RpcMethod]
        public void M(IAsyncEnumerable<Task> a) => a.ToString();
    }

    private sealed class StreamOfOne
    {
        [RpcMethod(Stream = true)]
        public int M() => 1;
    }

    private sealed class ReturnsRef
    {
        private int _value;

        [RpcMethod]
        public ref int M() => ref _value;
    }

    private sealed class ReturnsSpan
    {
        [RpcMethod]
        public Span<int> M() => default;
    }

    private sealed class TakesTask
    {
        [RpcMethod]
        public void M(Task a) => a.Wait();
    }

    private sealed class TwoTokens
    {
        [RpcMethod]
        public void M(CancellationToken a, CancellationToken b) => _ = a == b;
    }

    private sealed class AllAndMore
    {
        [RpcMethod]
        public int M(RpcArguments all, int a) => a;
    }

    private sealed class SameName
    {
        [RpcMethod]
        public int M(int a, int A) => a + A;
    }

    private sealed class HasProperty : IHasProperty
    {
        public int P { get; set; }
    }

    private sealed class HasEvent : IHasEvent
    {
        public event Action E
        {
            add { }
            remove { }
        }
    }

    private sealed class Several
    {
        [RpcMethod]
        public void M(ref int a, Action b) => a++;

        [RpcMethod]
        public T N<T>(T a) => a;
    }
}
