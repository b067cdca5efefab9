using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Makes in a staged tree what the records of a stream say. Every entry is a new inode; nothing is reached through a link; a record that does not fit
/// the tree is Corrupt.</summary>
internal sealed class StagedTree : IStreamTarget, IDisposable
{
    private readonly FolderHandle _root;
    private readonly FolderHandle _kept;
    private readonly StagedFolders _folders;
    private readonly FolderCursor _leaders;
    private readonly Ownership _ownership;
    private readonly int _grantedMode;
    private readonly Action _beat;
    private readonly PathBuffer _filePath = new();
    private bool _increment;

    /// <param name="root">The staged tree; stays the caller's.</param>
    /// <param name="kept">Where files are put aside; stays the caller's.</param>
    /// <param name="ownership">Who may be made owner.</param>
    /// <param name="grantedMode">Which mode bits a new file gets as asked for; others need a call of their own.</param>
    /// <param name="increment">Whether the tree exists already.</param>
    /// <param name="beat">Called again and again while one record takes long; stops it by throwing.</param>
    internal StagedTree(FolderHandle root, FolderHandle kept, Ownership ownership, int grantedMode, bool increment, Action beat)
    {
        (_root, _kept, _ownership, _grantedMode, _increment, _beat) = (root, kept, ownership, grantedMode, increment, beat);
        _folders = new StagedFolders(root, ownership);
        _leaders = new FolderCursor(root);
    }

    /// <summary>Where a file is made while it is made from the one that it replaces.</summary>
    private static ReadOnlySpan<byte> PatchName => "patch\0"u8;

    /// <summary>The file whose content is coming; null between files.</summary>
    private StagedFile? File { get; set; }

    public bool HasOpenFile => File is not null;

    /// <summary>What the root folder is to get when everything else is done; null while no record said so.</summary>
    internal EntryAttributes? RootAttributes { get; private set; }

    /// <summary>What the stream says was there and not kept.</summary>
    internal LeftOutList LeftOut { get; } = new();

    /// <summary>Empties the tree: a base replaces whatever was staged before.</summary>
    public void Restart()
    {
        Empty(_root, "What was staged before a base could not be removed");
        _increment = false;
    }

    public void Keep(int number, PathBuffer path)
    {
        int folder = EnterParent(path);
        int error = Kernel.Stat(folder, path.Leaf, out FileStatus status);
        error = error == 0 && status.Kind != FileKind.File ? Errno.NotFound : error;
        error = error == 0 ? Kernel.Link(folder, path.Leaf, _kept.Descriptor, NumberName(number)) : error;
        Check(error, path, "cannot be kept aside");
    }

    public void Delete(PathBuffer path)
    {
        int folder = EnterParent(path);
        int error = Kernel.Stat(folder, path.Leaf, out _);
        error = error == 0 ? TreeRemover.Remove(folder, path.Leaf) : error;
        Check(error, path, "cannot be deleted");
    }

    /// <summary>Goes back to the root: folders that deletions left get their times back.</summary>
    public void LeaveAll() => _folders.LeaveTo(0);

    public void Folder(PathBuffer path, in EntryAttributes attributes)
    {
        if (path.Length == 0)
        {
            RootAttributes = _ownership.Local(attributes);
            return;
        }

        int folder = EnterParent(path);
        int error = Kernel.MakeFolder(folder, path.Leaf, 0x1C0);
        bool isNew = error == 0;
        if (error == Errno.Exists && _increment)
        {
            error = Kernel.Stat(folder, path.Leaf, out FileStatus status);
            if (error == 0 && status.Kind != FileKind.Folder)
            {
                error = Kernel.Unlink(folder, path.Leaf);
                error = error == 0 ? Kernel.MakeFolder(folder, path.Leaf, 0x1C0) : error;
                isNew = true;
            }
        }

        error = error == 0 ? _folders.EnterWith(path.Span, _ownership.Local(attributes), isNew) : error;
        Check(error, path, "cannot be made");
    }

    public void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        int folder = MakeWay(path);
        Check(Kernel.Open(folder, path.Leaf, OpenFlags.NewFile, (uint)attributes.Mode & 0x1FF, out int file), path, "cannot be made");
        _filePath.Set(path.Span);
        File = new StagedFile(file, _filePath, _ownership.Local(attributes), size);
    }

    public void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size)
    {
        int before = StagedFiles.OpenBefore(EnterParent(path), path);
        int error = Kernel.Open(_kept.Descriptor, PatchName, OpenFlags.NewFile, (uint)attributes.Mode & 0x1FF, out int file);
        _filePath.Set(path.Span);
        File = new StagedFile(file, _filePath, _ownership.Local(attributes), size, before);
        Check(error, path, "cannot be made");
    }

    public void Same(long length) => File!.Same(length, _beat);

    public void Data(ReadOnlySpan<byte> bytes) => File!.Data(bytes);

    public void Hole(long length) => File!.Hole(length);

    public void LeaveOut(PathBuffer path) => LeftOut.Add(path.Span);

    public void EndFile(Hash128 hash)
    {
        File!.End(hash, _ownership, _grantedMode);
        if (File.IsPatch)
        {
            Check(Kernel.Rename(_kept.Descriptor, PatchName, EnterParent(_filePath), _filePath.Leaf, RenameMode.Replace), _filePath, "cannot be replaced");
        }

        File = null;
    }

    public void Discard()
    {
        File!.Dispose();
        Check(File.IsPatch ? Kernel.Unlink(_kept.Descriptor, PatchName) : Kernel.Unlink(EnterParent(_filePath), _filePath.Leaf), _filePath, "cannot be taken back");
        File = null;
    }

    public void Link(PathBuffer path, in EntryAttributes attributes, ReadOnlySpan<byte> target)
    {
        int folder = MakeWay(path);
        int error = Kernel.SymbolicLink(target, folder, path.Leaf);
        if (error == 0)
        {
            _ownership.ApplyToLink(folder, path.Leaf, _ownership.Local(attributes));
            _ownership.Extended.Set(new AttributeHolder(folder, path.Leaf, stackalloc byte[AttributeHolder.MaxPathBytes]), attributes.Extended.Span);
            error = Kernel.SetModified(folder, path.Leaf, attributes.Modified);
        }

        Check(error, path, "cannot be made");
    }

    public void HardLink(PathBuffer path, PathBuffer leader)
    {
        int folder = MakeWay(path);
        int from = folder;
        int error = leader.Parent.SequenceEqual(path.Parent) ? 0 : _leaders.Enter(leader.Parent, out from);
        FileStatus status = default;
        error = error == 0 ? Kernel.Stat(from, leader.Leaf, out status) : error;
        error = error == 0 && status.Kind != FileKind.File ? Errno.NotFound : error;
        error = error == 0 ? Kernel.Link(from, leader.Leaf, folder, path.Leaf) : error;
        Check(error, path, "cannot be linked to its first name");
    }

    public void KeptFile(PathBuffer path, in EntryAttributes attributes, int number)
    {
        int folder = MakeWay(path);
        int error = Kernel.Rename(_kept.Descriptor, NumberName(number), folder, path.Leaf, RenameMode.KeepExisting);
        error = error == Errno.Invalid ? Kernel.Rename(_kept.Descriptor, NumberName(number), folder, path.Leaf, RenameMode.Replace) : error;
        Check(error, path, "was not kept aside");
        StagedFiles.SetAttributes(folder, path, _ownership.Local(attributes), _ownership);
    }

    public void Attributes(PathBuffer path, in EntryAttributes attributes) =>
        StagedFiles.SetAttributes(EnterParent(path), path, _ownership.Local(attributes), _ownership);

    public void Absent(PathBuffer path)
    {
        int error = Kernel.Unlink(EnterParent(path), path.Leaf);
        Check(error == Errno.NotFound ? 0 : error, path, "cannot be removed");
    }

    /// <summary>The stream ended: every folder gets its attributes, what was kept aside and not used goes.</summary>
    public void Finish()
    {
        LeaveAll();
        Empty(_kept, "What a restore had kept aside could not be removed");
    }

    public void Dispose()
    {
        File?.Dispose();
        _folders.Dispose();
        _leaders.Dispose();
    }

    private static void Empty(FolderHandle folder, string otherwise)
    {
        // A descriptor of its own: reading a folder moves the position that all users of a descriptor share.
        var names = new NameList();
        int error = Kernel.Open(folder.Descriptor, ".\0"u8, OpenFlags.Folder, 0, out int listing);
        error = error == 0 ? names.Fill(listing, new byte[32 * 1024]) : error;
        Kernel.Close(listing);
        for (int i = 0; i < names.Count && error == 0; i++)
        {
            error = TreeRemover.Remove(folder.Descriptor, names[i]);
        }

        Errno.Check(error, otherwise);
    }

    private int EnterParent(PathBuffer path)
    {
        if (path.Length == 0)
        {
            throw WireReader.Corrupt("the root cannot be treated like an entry in it");
        }

        Check(_folders.Enter(path.Parent, out int folder), path, "has no folder to be in");
        return folder;
    }

    /// <summary>The folder for a new entry, whose name is free then.</summary>
    private int MakeWay(PathBuffer path)
    {
        int folder = EnterParent(path);
        if (_increment)
        {
            int error = Kernel.Unlink(folder, path.Leaf);
            Check(error == Errno.NotFound ? 0 : error, path, "cannot be replaced");
        }

        return folder;
    }

    private static ReadOnlySpan<byte> NumberName(int number) => System.Text.Encoding.ASCII.GetBytes($"{number}\0");

    /// <summary>What a well-made stream never leads to is Corrupt; the rest keeps its own code.</summary>
    internal static void Check(int error, PathBuffer path, string what)
    {
        if (error == 0)
        {
            return;
        }

        bool impossible = error is Errno.NotFound or Errno.NotFolder or Errno.Loop or Errno.IsFolder or Errno.NotEmpty or Errno.Invalid or Errno.TooLarge
            or Errno.NameTooLong or Errno.NotPermitted or Errno.CrossDevice;
        string place = $"'{RawPath.Display(path.Span)}' {what}";
        throw impossible ? WireReader.Corrupt($"{place} ({Errno.Text(error)})")
            : error == Errno.Exists ? new ConnException(ErrorCode.AlreadyExists, $"{place}: the file system takes its name for that of another entry.")
            : Errno.Failure(error, place);
    }
}
