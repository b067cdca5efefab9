using System.Buffers;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Conn.Ipc;

/// <summary>The memory of <see cref="SharedSections"/> in the owner's process, where the owner works in place.</summary>
/// <remarks>Invariant: it is mapped only if its size can never change, so that no access faults; and as long as a call of the owner uses it.</remarks>
internal sealed class SharedBlocks : IDisposable
{
    private readonly MappedMemory _memory;

    private SharedBlocks(MappedMemory memory) => _memory = memory;

    /// <summary>Takes the memory that the engine's side has sent.</summary>
    /// <returns>Null when what came cannot be used; sections go through the connection then.</returns>
    public static SharedBlocks? TryReceive(Socket socket)
    {
        using SafeFileHandle? file = DescriptorMessage.TryReceive(socket.SafeHandle);
        if (file is null || !SharedMemory.IsSealed(file, SharedSections.TotalBytes))
        {
            return null;
        }

        try
        {
            return new SharedBlocks(new MappedMemory(file, SharedSections.TotalBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No room in the address space, or a limit.
            return null;
        }
    }

    /// <summary>Keeps the memory mapped until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public MemoryHandle Hold() => _memory.Pin();

    /// <summary>Where the owner puts bytes.</summary>
    public Memory<byte> Filled(int bytes) => _memory.Memory[..bytes];

    /// <summary>Where the bytes for the owner are.</summary>
    public ReadOnlyMemory<byte> Given(int bytes) => _memory.Memory.Slice(SharedSections.BlockBytes, bytes);

    /// <summary>The session is over.</summary>
    public void Dispose() => _memory.End();
}
