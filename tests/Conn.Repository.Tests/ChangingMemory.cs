using System.Buffers;

namespace Conn.Repository.Tests;

/// <summary>Memory with other bytes each time it is read, like memory shared with a process that still writes to it.</summary>
internal sealed class ChangingMemory(byte[] bytes) : MemoryManager<byte>
{
    /// <summary>The number of times that the bytes were read.</summary>
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
