using System.Runtime.CompilerServices;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Model;

/// <summary>Tells whoever waits for something to become true that it may have.</summary>
internal sealed class Changes
{
    private TaskCompletionSource _next = New();

    public void Raise() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for a condition that changes only where <see cref="Raise"/> is called afterwards.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        while (true)
        {
            Task next = Volatile.Read(ref _next).Task;
            if (condition())
            {
                return;
            }

            try
            {
                await next.InTime();
            }
            catch (TimeoutException)
            {
                Assert.Fail($"It never became true: {what}");
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
