using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>What is done to files that a staged tree has already. Each is checked to be a file, and no link, first; a mode that keeps us out is changed, because
/// it is a file of ours in a private place.</summary>
internal static class StagedFiles
{
    /// <summary>Opens the file that a patch replaces.</summary>
    internal static int OpenBefore(int folder, PathBuffer path)
    {
        int error = Kernel.Stat(folder, path.Leaf, out FileStatus status);
        error = error == 0 && status.Kind != FileKind.File ? Errno.NotFound : error;
        int before = -1;
        error = error == 0 ? Kernel.Open(folder, path.Leaf, OpenFlags.ReadWary, 0, out before) : error;
        if (error == Errno.Access)
        {
            error = Kernel.ChangeMode(folder, path.Leaf, 0x180);
            error = error == 0 ? Kernel.Open(folder, path.Leaf, OpenFlags.ReadWary, 0, out before) : error;
        }

        StagedTree.Check(error, path, "has no file that its changes belong to");
        return before;
    }

    /// <summary>Gives a file attributes in the place of those that it has.</summary>
    internal static void SetAttributes(int folder, PathBuffer path, in EntryAttributes attributes, Ownership ownership)
    {
        int error = Kernel.Stat(folder, path.Leaf, out FileStatus status);
        error = error == 0 && status.Kind != FileKind.File ? Errno.NotFound : error;
        StagedTree.Check(error, path, "is no file");
        var holder = new AttributeHolder(folder, path.Leaf, stackalloc byte[AttributeHolder.MaxPathBytes]);
        if ((status.UserId, status.GroupId) != (attributes.UserId, attributes.GroupId) || status.Mode != attributes.Mode
            || ownership.Extended.Concerns(holder, attributes.Extended.Span))
        {
            // Opening could be refused by the old mode; the name is a file of ours in a private place.
            StagedTree.Check(Kernel.ChangeMode(folder, path.Leaf, 0x180), path, "cannot get its mode");
            StagedTree.Check(Kernel.Open(folder, path.Leaf, OpenFlags.ReadWary, 0, out int file), path, "cannot be opened");
            int mode = ownership.Apply(file, attributes);
            ownership.Extended.Replace(new AttributeHolder(file), attributes.Extended.Span);
            error = Kernel.ChangeMode(file, mode);
            Kernel.Close(file);
        }

        error = error == 0 ? Kernel.SetModified(folder, path.Leaf, attributes.Modified) : error;
        StagedTree.Check(error, path, "cannot get its attributes");
    }
}
