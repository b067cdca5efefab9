using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>The memory and the descriptors of this process.</summary>
internal readonly record struct Footprint(long Bytes, int Descriptors)
{
    public static Footprint Now()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new Footprint(GC.GetTotalMemory(forceFullCollection: true), Directory.GetFileSystemEntries("/proc/self/fd").Length);
    }

    /// <summary>Checks that neither has grown, up to what a runtime keeps for itself.</summary>
    public void IsNotExceededBy(Footprint later, long bytes = 32 << 20, int descriptors = 20)
    {
        Assert.InRange(later.Bytes, 0, Bytes + bytes);
        Assert.InRange(later.Descriptors, 0, Descriptors + descriptors);
    }
}
