using System.Buffers.Binary;
using System.Text;

namespace Conn.SystemCalls;

/// <summary>Reads the owner of a folder. Linux only.</summary>
internal static unsafe class FolderOwner
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFields = 0x7FF;
    private const int Size = 256;
    private const int UserAt = 20;

    /// <summary>Returns the user id of the owner. A link is not followed.</summary>
    /// <exception cref="IOException">The folder cannot be examined.</exception>
    internal static uint Read(string path)
    {
        byte* buffer = stackalloc byte[Size];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return LibC.StatX(CurrentFolder, name, NoFollow, BasicFields, buffer) == 0
                ? BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(buffer + UserAt, sizeof(uint)))
                : throw Errno.Exception(Errno.Last, $"'{path}' could not be examined");
        }
    }
}
