using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Posix;

/// <summary>An open folder, closed exactly once.</summary>
internal sealed class FolderHandle : SafeHandleMinusOneIsInvalid
{
    internal FolderHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The descriptor; valid while this object is held and not disposed.</summary>
    internal int Descriptor => (int)handle;

    /// <summary>Opens a folder by a path a user gave; links on the way are followed.</summary>
    internal static int Open(ReadOnlySpan<byte> path, out FolderHandle folder)
    {
        int error = Kernel.OpenToRead(Kernel.CurrentFolder, path, OpenFlags.Directory | OpenFlags.CloseOnExec, out int descriptor);
        folder = new FolderHandle(descriptor);
        return error;
    }

    protected override bool ReleaseHandle()
    {
        Kernel.Close(Descriptor);
        return true;
    }
}
