using System.Buffers;

namespace Conn.Repository.Tests;

/// <summary>Memory that holds other bytes each time it is read, as shared memory of a process that keeps writing does.</summary>
internal sealed class ChangingMemory(byte[] bytes) : MemoryManager<byte>
{
    /// <summary>How often the bytes were read.</summary>
    public int Reads { get; private set; }

    public override Memory<byte> Memory => CreateMemory(bytes.Length);

    public override Span<byte> GetSpan()
    {
        Reads++;
        byte[] current = [.. bytes];
        current[0] += (byte)Reads;
        return current;
    }

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
    }
}
