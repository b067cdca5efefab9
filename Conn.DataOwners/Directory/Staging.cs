using System.Security.Cryptography;
using Conn.DataOwners.Posix;
using Conn.PubSub;

namespace Conn.DataOwners.Directory;

/// <summary>One restore's place beside its target: the new tree, and a private work folder that is locked while a process works on it.</summary>
/// <remarks>The work folder is made first and removed last, so that nothing is ever left that recovery does not find by it.</remarks>
internal sealed class Staging : IDisposable
{
    private const int Private = 0x1C0;
    private const string LockName = "lock";
    private const string KeptName = "kept";
    private const string BegunName = "begun";
    private readonly int _lock;

    private Staging(FolderHandle parent, FolderHandle work, int lockFile, string name) => (Parent, Work, _lock, Name) = (parent, work, lockFile, name);

    internal string Name { get; }

    internal FolderHandle Parent { get; }

    internal FolderHandle Work { get; }

    internal FolderHandle? Kept { get; private set; }

    internal FolderHandle? Tree { get; private set; }

    /// <summary>Which mode bits a new file gets as asked for.</summary>
    internal int GrantedMode { get; private set; }

    internal ReadOnlySpan<byte> TreeName => RawPath.FromText(Name);

    internal ReadOnlySpan<byte> OldName => RawPath.FromText(Name + StagingPlace.OldSuffix);

    private ReadOnlySpan<byte> WorkName => RawPath.FromText(Name + StagingPlace.WorkSuffix);

    /// <summary>Makes an empty place beside a target.</summary>
    internal static Staging Create(RestoreTarget target)
    {
        string name = StagingPlace.NameFor(target.Owner, RandomNumberGenerator.GetHexString(16, lowercase: true));
        FolderHandle parent = OpenParent(target);
        byte[] workName = RawPath.FromText(name + StagingPlace.WorkSuffix);
        int error = Kernel.MakeFolder(parent.Descriptor, workName, Private);
        Staging? staging = null;
        try
        {
            Errno.Check(error, $"The restore of '{target.Path}' cannot be staged beside it");
            staging = OpenWork(parent, name, create: true) ?? throw new ConnException(ErrorCode.InUse, $"The new staging folder '{name}' is held by another process.");
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
    internal static Staging? TakeUp(RestoreTarget target, string name) => OpenWork(OpenParent(target), name, create: false);

    internal static FolderHandle OpenParent(RestoreTarget target)
    {
        int error = FolderHandle.Open(RawPath.FromText(target.Parent), out FolderHandle parent);
        return error == 0 ? parent : throw target.Refusal(Errno.Code(error), $"is in a folder that cannot be opened ({Errno.Text(error)})");
    }

    internal bool WorkHas(string name) => Kernel.Stat(Work.Descriptor, RawPath.FromText(name), out _) == 0;

    internal bool HasBegun => WorkHas(BegunName);

    /// <summary>Makes the decision to go forward durable.</summary>
    internal void MarkBegun() => WriteWork(BegunName, []);

    internal void WriteJournal(RestoreJournal journal) => WriteWork(RestoreJournal.FileName, journal.ToBytes());

    internal RestoreJournal? ReadJournal()
    {
        if (Kernel.Open(Work.Descriptor, RawPath.FromText(RestoreJournal.FileName), OpenFlags.ReadWary, 0, out int file) != 0)
        {
            return null;
        }

        byte[] bytes = new byte[RestoreJournal.MaxBytes];
        int error = Kernel.Read(file, bytes, out int got);
        Kernel.Close(file);
        return error == 0 ? RestoreJournal.Parse(bytes.AsSpan(0, got)) : null;
    }

    /// <summary>True after <see cref="Drop"/> was ended early: the rest can be removed later.</summary>
    internal bool HasRest { get; private set; }

    /// <summary>Removes everything of this place, the work folder last.</summary>
    /// <param name="mayGoOn">Asked now and then; false ends it early. Null for no limit.</param>
    /// <returns>Null, or what could not be removed and why.</returns>
    internal string? Drop(Func<bool>? mayGoOn = null)
    {
        // Half a tree must never be taken up: without its journal it is nothing that was prepared.
        int error = HasBegun ? 0 : TreeRemover.Remove(Work.Descriptor, RawPath.FromText(RestoreJournal.FileName));
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, TreeName, mayGoOn) : error;
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, OldName, mayGoOn) : error;
        error = error == 0 ? TreeRemover.Remove(Parent.Descriptor, WorkName) : error;
        HasRest = error == Errno.Again;
        return error == 0 || HasRest ? null : $"the staging folder '{Name}' could not be removed ({Errno.Text(error)})";
    }

    public void Dispose()
    {
        Tree?.Dispose();
        Kept?.Dispose();
        Kernel.Unlock(_lock);
        Kernel.Close(_lock);
        Work.Dispose();
        Parent.Dispose();
    }

    private static Staging? OpenWork(FolderHandle parent, string name, bool create)
    {
        int error = Kernel.OpenFolder(parent.Descriptor, RawPath.FromText(name + StagingPlace.WorkSuffix), out int work);
        var handle = new FolderHandle(work);
        int lockFile = -1;
        byte[] lockName = RawPath.FromText(LockName);
        int flags = OpenFlags.ReadWrite | OpenFlags.NoFollow | OpenFlags.CloseOnExec | OpenFlags.Create | (create ? OpenFlags.Exclusive : 0);
        error = error == 0 ? Kernel.Open(work, lockName, flags, 0x180, out lockFile) : error;
        if (error == 0 && Kernel.TryLock(lockFile))
        {
            return new Staging(parent, handle, lockFile, name);
        }

        Kernel.Close(lockFile);
        handle.Dispose();
        if (!create)
        {
            parent.Dispose();
        }

        Errno.Check(error, $"The staging folder '{name}' cannot be opened");
        return null;
    }

    private void MakeTree()
    {
        string what = $"The staging folder '{Name}' cannot be made";
        Errno.Check(Kernel.MakeFolder(Work.Descriptor, RawPath.FromText(KeptName), Private), what);
        Errno.Check(Kernel.OpenFolder(Work.Descriptor, RawPath.FromText(KeptName), out int kept), what);
        Kept = new FolderHandle(kept);
        Errno.Check(Kernel.MakeFolder(Parent.Descriptor, TreeName, Private), what);
        Errno.Check(Kernel.OpenFolder(Parent.Descriptor, TreeName, out int tree), what);
        Tree = new FolderHandle(tree);

        // What the umask, or a default ACL of the parent, leaves of a new file's mode.
        byte[] probe = RawPath.FromText("probe");
        Errno.Check(Kernel.Open(Tree.Descriptor, probe, OpenFlags.NewFile, 0x1FF, out int file), what);
        int error = Kernel.StatOpen(file, out FileStatus status);
        Kernel.Close(file);
        error = error == 0 ? Kernel.Unlink(Tree.Descriptor, probe) : error;
        Errno.Check(error, what);
        GrantedMode = status.Mode & 0x1FF;
    }

    private void WriteWork(string name, ReadOnlySpan<byte> bytes)
    {
        byte[] raw = RawPath.FromText(name);
        int error = Kernel.Open(Work.Descriptor, raw, OpenFlags.NewFile, 0x180, out int file);
        if (error == Errno.Exists)
        {
            return;
        }

        error = error == 0 ? Kernel.Write(file, bytes) : error;
        error = error == 0 ? Kernel.Sync(file) : error;
        Kernel.Close(file);
        error = error == 0 ? Kernel.Sync(Work.Descriptor) : error;
        Errno.Check(error, $"The file '{name}' of the staging folder '{Name}' cannot be written");
    }
}
