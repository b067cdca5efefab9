using System.Security.Cryptography;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>One restore's place beside its target: the new tree, and a private work folder that is locked while a process works on it.</summary>
/// <remarks>The work folder is made first and removed last, so that nothing is ever left that recovery does not find by it.</remarks>
internal sealed class Staging : IDisposable
{
    private Staging(FolderHandle parent, WorkFolder work, string name) => (Parent, Work, Name) = (parent, work, name);

    internal string Name { get; }

    internal FolderHandle Parent { get; }

    internal WorkFolder Work { get; }

    internal FolderHandle? Kept { get; private set; }

    internal FolderHandle? Tree { get; private set; }

    /// <summary>Which mode bits a new file gets as asked for.</summary>
    internal int GrantedMode { get; private set; }

    internal ReadOnlySpan<byte> TreeName => RawPath.FromText(Name);

    internal ReadOnlySpan<byte> OldName => RawPath.FromText(Name + StagingPlace.OldSuffix);

    /// <summary>True after <see cref="Drop"/> was ended early: the rest can be removed later.</summary>
    internal bool HasRest { get; private set; }

    /// <summary>Makes an empty place beside a target.</summary>
    internal static Staging Create(RestoreTarget target)
    {
        string name = StagingPlace.NameFor(target.Owner, RandomNumberGenerator.GetHexString(16, lowercase: true));
        FolderHandle parent = OpenParent(target);
        Staging? staging = null;
        try
        {
            staging = new Staging(parent, WorkFolder.Make(parent, name), name);
            staging.MakeTree();
            return staging;
        }
        catch (ConnException)
        {
            staging?.Drop();
            staging?.Dispose();
            parent.Dispose();
            throw;
        }
    }

    /// <summary>Takes up a place that exists; null when a live process holds it.</summary>
    /// <exception cref="ConnException"><see cref="ErrorCode.AccessDenied"/>: this process's user did not make it.</exception>
    internal static Staging? TakeUp(RestoreTarget target, string name)
    {
        FolderHandle parent = OpenParent(target);
        WorkFolder? work = null;
        try
        {
            work = WorkFolder.TryTake(parent, name);
            return work is null ? null : new Staging(parent, work, name);
        }
        finally
        {
            if (work is null)
            {
                parent.Dispose();
            }
        }
    }

    internal static FolderHandle OpenParent(RestoreTarget target)
    {
        int error = FolderHandle.Open(RawPath.FromText(target.Parent), out FolderHandle parent);
        return error == 0 ? parent : throw target.Refusal(Errno.Code(error), $"is in a folder that cannot be opened ({Errno.Text(error)})");
    }

    /// <summary>Removes everything of this place, the work folder last.</summary>
    /// <param name="mayGoOn">Asked now and then; false ends it early. Null for no limit.</param>
    /// <returns>Null, or what could not be removed and why.</returns>
    internal string? Drop(Func<bool>? mayGoOn = null)
    {
        // Half a tree must never be taken up: without its journal it is nothing that was prepared. Once the new tree is in place the journal is what says so,
        // and goes when only the work folder is left; the mark beside it goes after it.
        int error = Work.HasBegun ? 0 : Work.RemoveJournal();
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, TreeName, mayGoOn) : error;
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, OldName, mayGoOn) : error;
        error = error == 0 ? Work.RemoveJournal() : error;
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, WorkFolder.NameOf(Name)) : error;
        HasRest = error == Errno.Again;
        return error == 0 || HasRest ? null : $"the staging folder '{Name}' could not be removed ({Errno.Text(error)})";
    }

    public void Dispose()
    {
        Tree?.Dispose();
        Kept?.Dispose();
        Work.Dispose();
        Parent.Dispose();
    }

    private void MakeTree()
    {
        string what = $"The staging folder '{Name}' cannot be made";
        Kept = WorkFolder.MakeFolder(Work.Descriptor, "kept\0"u8, what);
        Tree = WorkFolder.MakeFolder(Parent.Descriptor, TreeName, what);

        // What is made there has the attributes that its records say, and inherits none from the parent.
        _ = new AttributeHolder(Kept.Descriptor).Remove(ExtendedSet.DefaultAcl);
        _ = new AttributeHolder(Tree.Descriptor).Remove(ExtendedSet.DefaultAcl);

        // What the umask leaves of a new file's mode.
        Errno.Check(Kernel.Open(Tree.Descriptor, "probe\0"u8, OpenFlags.NewFile, 0x1FF, out int file), what);
        int error = Kernel.StatOpen(file, out FileStatus status);
        Kernel.Close(file);
        error = error == 0 ? Kernel.Unlink(Tree.Descriptor, "probe\0"u8) : error;
        Errno.Check(error, what);
        GrantedMode = status.Mode & 0x1FF;
    }
}
