using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The private folder of one staging: locked while a process works on it, with what was prepared and whether that is being put in place.</summary>
/// <remarks>Invariant: only what this process's effective user made privately is read. Owner, mode, kind and number of names are checked on open
/// descriptors, never by name.</remarks>
internal sealed class WorkFolder : IDisposable
{
    private const int Private = 0x1C0;
    private const int PrivateFile = 0x180;
    private const int OthersBits = 0x3F;
    private const string LockName = "lock";
    private const string BegunName = "begun";
    private readonly FolderHandle _folder;
    private readonly string _staging;
    private int _lock = -1;

    private WorkFolder(int folder, string staging) => (_folder, _staging) = (new FolderHandle(folder), staging);

    internal int Descriptor => _folder.Descriptor;

    /// <summary>Whether its data is being put in place, or was: there is no way back then.</summary>
    internal bool HasBegun
    {
        get
        {
            bool found = TryOpen(BegunName, out int file);
            Kernel.Close(file);
            return found;
        }
    }

    internal static ReadOnlySpan<byte> NameOf(string staging) => RawPath.FromText(staging + StagingPlace.WorkSuffix);

    internal static WorkFolder Make(FolderHandle parent, string staging)
    {
        string what = $"The staging folder '{staging}' cannot be made";
        Errno.Check(Kernel.MakeFolder(parent.Descriptor, NameOf(staging), Private), what);
        return TryTake(parent, staging) ?? throw new ConnException(ErrorCode.InUse, $"The new staging folder '{staging}' is held by another process.");
    }

    /// <summary>Opens and locks a work folder that exists; null when another process holds it.</summary>
    /// <exception cref="ConnException"><see cref="ErrorCode.AccessDenied"/>: it is not trusted.</exception>
    internal static WorkFolder? TryTake(FolderHandle parent, string staging)
    {
        Errno.Check(Kernel.OpenFolder(parent.Descriptor, NameOf(staging), out int folder), $"The staging folder '{staging}' cannot be opened");
        var work = new WorkFolder(folder, staging);
        bool taken = false;
        try
        {
            work.Trust(folder, FileKind.Folder, "work folder");
            taken = work.TryLock();
            return taken ? work : null;
        }
        finally
        {
            if (!taken)
            {
                work.Dispose();
            }
        }
    }

    /// <summary>Makes a private folder and opens it; refused when it is not this user's, as when another user could put one of theirs in its place.</summary>
    internal static FolderHandle MakeFolder(int parent, ReadOnlySpan<byte> name, string what)
    {
        Errno.Check(Kernel.MakeFolder(parent, name, Private), what);
        Errno.Check(Kernel.OpenFolder(parent, name, out int folder), what);
        var handle = new FolderHandle(folder);
        int error = Kernel.StatOpen(folder, out FileStatus status);
        if (error != 0 || (status.UserId != LibC.EffectiveUser() && FileSystemKinds.KeepsOwners(folder)))
        {
            handle.Dispose();
            Errno.Check(error, what);
            throw new ConnException(ErrorCode.AccessDenied, $"{what}: the new folder belongs to user {status.UserId}. Restore to a place that only "
                + "this user may write to.");
        }

        return handle;
    }

    /// <summary>Makes the decision to go forward durable.</summary>
    internal void MarkBegun() => Write(BegunName, []);

    internal void WriteJournal(RestoreJournal journal) => Write(RestoreJournal.FileName, journal.ToBytes());

    /// <returns>Null when there is none, or it is damaged.</returns>
    internal RestoreJournal? ReadJournal()
    {
        if (!TryOpen(RestoreJournal.FileName, out int file))
        {
            return null;
        }

        byte[] bytes = new byte[RestoreJournal.MaxBytes];
        int error = Kernel.Read(file, bytes, out int got);
        Kernel.Close(file);
        Errno.Check(error, $"The journal of the staging folder '{_staging}' cannot be read");
        return RestoreJournal.Parse(bytes.AsSpan(0, got));
    }

    /// <summary>When the journal was written, in nanoseconds since 1970; the greatest number when that cannot be seen.</summary>
    internal long PreparedAt =>
        Kernel.Stat(Descriptor, RawPath.FromText(RestoreJournal.FileName), out FileStatus status) == 0 ? status.ModifiedNanoseconds : long.MaxValue;

    internal int RemoveJournal() => TreeRemover.Remove(Descriptor, RawPath.FromText(RestoreJournal.FileName));

    public void Dispose()
    {
        if (_lock >= 0)
        {
            Kernel.Unlock(_lock);
            Kernel.Close(_lock);
        }

        _lock = -1;
        _folder.Dispose();
    }

    private bool TryLock()
    {
        int flags = OpenFlags.ReadWrite | OpenFlags.NoFollow | OpenFlags.CloseOnExec | OpenFlags.Create;
        Errno.Check(Kernel.Open(Descriptor, RawPath.FromText(LockName), flags, PrivateFile, out _lock), "The lock of the staging folder "
            + $"'{_staging}' cannot be opened");
        Trust(_lock, FileKind.File, LockName);
        return Kernel.TryLock(_lock);
    }

    private bool TryOpen(string name, out int file)
    {
        int error = Kernel.Open(Descriptor, RawPath.FromText(name), OpenFlags.ReadWary, 0, out file);
        if (Presence.IsAbsent(error))
        {
            return false;
        }

        string what = $"The file '{name}' of the staging folder '{_staging}' is not trusted";
        Errno.Check(error, error == Errno.Loop ? what : $"The file '{name}' of the staging folder '{_staging}' cannot be opened");
        try
        {
            Trust(file, FileKind.File, name);
            return true;
        }
        catch (ConnException)
        {
            Kernel.Close(file);
            throw;
        }
    }

    private void Trust(int file, FileKind kind, string name)
    {
        Errno.Check(Kernel.StatOpen(file, out FileStatus status), $"The '{name}' of the staging folder '{_staging}' cannot be looked at");
        string? why = status.Kind != kind ? $"is a {RawPath.KindName(status.Kind)}"
            : status.UserId != LibC.EffectiveUser() ? $"belongs to user {status.UserId}"
            : (status.Mode & OthersBits) != 0 ? "is open to other users"
            : kind == FileKind.File && status.Links != 1 ? "has more than one name"
            : null;
        if (why is not null && (status.Kind != kind || FileSystemKinds.KeepsOwners(file)))
        {
            throw new ConnException(ErrorCode.AccessDenied, $"The staging folder '{_staging}' is not trusted: its {name} {why}. It is ignored; "
                + "remove it if it is not needed.");
        }
    }

    private void Write(string name, ReadOnlySpan<byte> bytes)
    {
        int error = Kernel.Open(Descriptor, RawPath.FromText(name), OpenFlags.NewFile, PrivateFile, out int file);
        if (error == Errno.Exists && TryOpen(name, out file))
        {
            // Written by an earlier attempt; whether that made it durable is not known.
            error = 0;
            bytes = [];
        }

        error = error == 0 ? Kernel.Write(file, bytes) : error;
        error = error == 0 ? Kernel.Sync(file) : error;
        Kernel.Close(file);
        error = error == 0 ? Kernel.Sync(Descriptor) : error;
        Errno.Check(error, $"The file '{name}' of the staging folder '{_staging}' cannot be written");
    }
}
