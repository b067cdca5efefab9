namespace Conn.DataOwners.Posix;

/// <summary>Removes an entry with everything below it: never through a link, never into another file system, never deeper than 2 100 folders.</summary>
internal static class TreeRemover
{
    private const int MaxDepth = 2100;

    /// <param name="folder">The folder it is in.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mayGoOn">Asked now and then; false ends the removal early. Null for no limit.</param>
    /// <returns>0 when it is gone (or never was); <see cref="Errno.Again"/> when it was ended early; else why something remains.</returns>
    internal static int Remove(int folder, ReadOnlySpan<byte> name, Func<bool>? mayGoOn = null)
    {
        int error = Kernel.Unlink(folder, name);
        if (error is 0 or Errno.NotFound)
        {
            return 0;
        }

        if (Kernel.Stat(folder, name, out FileStatus status) != 0 || status.Kind != FileKind.Folder)
        {
            return error;
        }

        return RemoveFolder(folder, name, new Removal(status.Device, new byte[32 * 1024], mayGoOn), 1);
    }

    private static int RemoveFolder(int parent, ReadOnlySpan<byte> name, in Removal removal, int depth)
    {
        int folder = -1;
        int error = removal.MayGoOn is { } mayGoOn && !mayGoOn() ? Errno.Again : OpenForRemoval(parent, name, removal.Device, depth, out folder);
        if (error != 0)
        {
            return error;
        }

        var names = new NameList();
        error = names.Fill(folder, removal.Scratch);
        for (int i = 0; i < names.Count && error == 0; i++)
        {
            error = Kernel.Unlink(folder, names[i]);
            if (error is Errno.IsFolder or Errno.NotPermitted)
            {
                error = RemoveFolder(folder, names[i], removal, depth + 1);
            }
        }

        Kernel.Close(folder);
        if (error != 0)
        {
            return error;
        }

        error = Kernel.UnlinkFolder(parent, name);
        return error == Errno.NotFound ? 0 : error;
    }

    private static int OpenForRemoval(int parent, ReadOnlySpan<byte> name, ulong device, int depth, out int folder)
    {
        folder = -1;
        int error = Kernel.Stat(parent, name, out FileStatus status);
        if (error != 0)
        {
            return error;
        }

        if (status.Kind != FileKind.Folder)
        {
            return Errno.NotPermitted;
        }

        if (status.Device != device || status.IsMountRoot)
        {
            return Errno.CrossDevice;
        }

        if (depth > MaxDepth)
        {
            return Errno.Loop;
        }

        error = Kernel.OpenFolder(parent, name, out folder);
        if (error == Errno.Access)
        {
            // A folder of our own without read permission.
            error = Kernel.ChangeMode(parent, name, 0x1C0);
            error = error == 0 ? Kernel.OpenFolder(parent, name, out folder) : error;
        }

        // What was looked at by name may not be what was opened, when another user may change the folder it is in.
        FileStatus opened = default;
        error = error == 0 ? Kernel.StatOpen(folder, out opened) : error;
        error = error == 0 && (opened.Inode != status.Inode || opened.Device != status.Device) ? Errno.Busy : error;
        error = error == 0 && (opened.Mode & 0x1C0) != 0x1C0 ? Kernel.ChangeMode(folder, 0x1C0) : error;
        if (error != 0)
        {
            Kernel.Close(folder);
        }

        return error;
    }

    private readonly record struct Removal(ulong Device, byte[] Scratch, Func<bool>? MayGoOn);
}
