using System.Globalization;

namespace TrustRpc.Benchmarks.Control;

/// <summary>What this process holds, in bytes, after everything that can be given back has been.</summary>
internal sealed record ProcessMemory(long Managed, long WorkingSet)
{
    internal static ProcessMemory Measure()
    {
        // Twice with finalizers in between: a closed socket's handle is let go by its finalizer.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // GC.GetTotalMemory is too small by what an aggressive collection has given back, at times below zero.
        var heap = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return new ProcessMemory(heap.HeapSizeBytes - heap.FragmentedBytes, Environment.WorkingSet);
    }

    internal static string Allocated() => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture);
}
