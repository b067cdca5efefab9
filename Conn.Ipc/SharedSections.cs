using System.Net.Sockets;
using Conn.ActiveBackup.Calls;
using Microsoft.Win32.SafeHandles;

namespace Conn.Ipc;

/// <summary>Memory that the engine shares with one owner's process: a block that the owner fills and one that it is given. The engine's side.</summary>
/// <remarks>Invariant: each byte is read once, into memory of the caller. Nothing is mapped here: whatever the other process does to the memory, reading gives bytes
/// or an error, never a fault.</remarks>
internal sealed class SharedSections : IDisposable
{
    /// <summary>The most bytes of a section that goes through memory; a longer one goes through the connection.</summary>
    public const int BlockBytes = 1 << 20;

    /// <summary>Both blocks: the one that the owner fills, then the one that it is given.</summary>
    public const int TotalBytes = 2 * BlockBytes;

    private readonly SafeFileHandle _memory;

    private SharedSections(SafeFileHandle memory) => _memory = memory;

    /// <summary>Makes memory, and sends it to the other end of a connection.</summary>
    /// <exception cref="ConnException">NotSupported: this system has no such memory, or none left.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public static SharedSections Send(Socket socket)
    {
        if (!SharedMemory.IsSupported)
        {
            throw new ConnException(ErrorCode.NotSupported, "This system has no memory that processes can share in this way. Sections go through the connection.");
        }

        SharedSections shared = new(Create());
        try
        {
            DescriptorMessage.Send(socket.SafeHandle, shared._memory);
            return shared;
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    /// <summary>Says whether the bytes of a call go through this memory.</summary>
    public static bool Fits(in OwnerCall call) =>
        (call.Buffer.Length | call.Section.Length) != 0 && call.Buffer.Length <= BlockBytes && call.Section.Length <= BlockBytes;

    /// <summary>Puts a section where the owner reads it.</summary>
    public void Give(ReadOnlySpan<byte> section)
    {
        if (!section.IsEmpty)
        {
            RandomAccess.Write(_memory, section, BlockBytes);
        }
    }

    /// <summary>Copies what the owner has put there.</summary>
    /// <exception cref="ConnException">Corrupt: the memory is shorter than it was made.</exception>
    public void Take(Span<byte> section)
    {
        for (int taken = 0; taken < section.Length;)
        {
            int bytes = RandomAccess.Read(_memory, section[taken..], taken);
            taken += bytes > 0 ? bytes : throw new ConnException(ErrorCode.Corrupt, $"The shared memory has {taken} bytes where the owner claims {section.Length}.");
        }
    }

    public void Dispose() => _memory.Dispose();

    private static SafeFileHandle Create()
    {
        try
        {
            return SharedMemory.Create(TotalBytes);
        }
        catch (IOException e)
        {
            throw new ConnException(ErrorCode.NotSupported, $"{e.Message} Sections go through the connection.", e);
        }
    }
}
