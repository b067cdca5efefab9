using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Walks a folder depth first, names in byte order, one status call an entry, and writes the catalogue. Everything not kept is named.</summary>
internal sealed class TreeWalk : IDisposable
{
    private readonly TreeSource _source;
    private readonly Catalogue _catalogue;
    private readonly RemarkList _remarks;
    private readonly FolderCursor _cursor;
    private readonly Exclusions _exclusions;
    private readonly ExtendedSource _extended;
    private readonly byte[] _placeScratch = new byte[AttributeHolder.MaxPathBytes];
    private readonly byte[] _scratch = new byte[64 * 1024];
    private readonly TreeEntry _entry = new();
    private readonly Dictionary<(ulong Device, ulong Inode), long> _groups = [];
    private readonly List<NameList> _lists = [];

    /// <summary>Whether the folder whose names are visited has a marker.</summary>
    private bool _besideMarker;

    /// <summary>Of the folder that is entered next.</summary>
    private ulong _device;

    internal TreeWalk(TreeSource source, Catalogue catalogue, RemarkList remarks)
    {
        (_source, _catalogue, _remarks, _exclusions) = (source, catalogue, remarks, new Exclusions(source.Options));
        _cursor = new FolderCursor(source.Root);
        _extended = new ExtendedSource(remarks);
    }

    private PathBuffer Path => _entry.Path;

    internal void Run(CancellationToken cancellationToken)
    {
        OwnFiles.Look();
        Add(EntryKind.Folder, _source.Believe(_source.RootStatus), _catalogue.AddExtended(_extended.Read(new AttributeHolder(_source.Root.Descriptor), Path)));
        _device = _source.RootStatus.Device;

        var open = new Stack<Frame>();
        Enter(open);
        while (open.TryPop(out Frame frame))
        {
            NameList names = _lists[open.Count];
            if (frame.Next == names.Count)
            {
                continue;
            }

            Path.Truncate(frame.PathLength);
            int error = _cursor.Enter(Path.Span, out int folder);
            if (error != 0)
            {
                _remarks.Error($"'{RawPath.Display(Path.Span)}': the folder vanished while it was listed ({Errno.Text(error)}); what was in it is left out.");
                _catalogue.LeftOut.Add(Path.Span);
                continue;
            }

            int next = frame.Next;
            bool descend = false;
            _besideMarker = frame.HasMarker;
            while (next < names.Count && !descend)
            {
                descend = Visit(folder, frame.PathLength, names[next++]);
            }

            _source.Beat(cancellationToken);
            open.Push(frame with { Next = next });
            if (descend)
            {
                Enter(open);
            }
        }

        _exclusions.Tell(_remarks);
    }

    public void Dispose()
    {
        _cursor.Dispose();
        OwnFiles.Flush();
    }

    private void Enter(Stack<Frame> open)
    {
        int error = _cursor.Enter(Path.Span, out int folder);
        if (error == 0)
        {
            _source.FileSystems.Enter(folder, _device, _remarks);
        }

        NameList names = ListAt(open.Count);
        error = error == 0 ? names.Fill(folder, _scratch) : error;
        if (error != 0)
        {
            _remarks.Error($"'{RawPath.Display(Path.Span)}': the folder cannot be listed ({Errno.Text(error)}); what is in it is left out.");
            _catalogue.LeftOut.Add(Path.Span);
            return;
        }

        open.Push(new Frame(Path.Length, 0, open.Count > 0 && _exclusions.HasMarker(folder, names)));
    }

    private NameList ListAt(int depth)
    {
        if (depth == _lists.Count)
        {
            _lists.Add(new NameList());
        }

        return _lists[depth];
    }

    /// <returns>True when the entry is a folder to walk into; its path is then <see cref="Path"/>.</returns>
    private bool Visit(int folder, int folderLength, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> bare = name[..^1];
        if (bare.Length > RawPath.MaxNameBytes || !Path.TryAppendName(folderLength, bare))
        {
            Path.Truncate(folderLength);
            _remarks.Error($"'{RawPath.Display(Path.Span)}/{RawPath.Display(bare)}': the path is longer than {PathBuffer.MaxBytes} bytes; left out.");
            _catalogue.LeftOut.Add(Path.Span);
            return false;
        }

        int error = Kernel.Stat(folder, name, out FileStatus actual);
        if (error != 0)
        {
            _remarks.Error($"'{RawPath.Display(Path.Span)}': {Errno.Text(error)}; left out.");
            _catalogue.LeftOut.Add(Path.Span);
            return false;
        }

        if ((_besideMarker && _exclusions.IsBesideMarker(name)) || _exclusions.MatchesPattern(Path.Span, actual.Kind == FileKind.Folder))
        {
            _catalogue.LeftOut.Add(Path.Span);
            return false;
        }

        FileStatus status = _source.Believe(actual);
        if (_source.IsExcluded(Path.Span, status))
        {
            _remarks.Note($"'{RawPath.Display(Path.Span)}' is excluded and left out.");
            _catalogue.LeftOut.Add(Path.Span);
            return false;
        }

        switch (status.Kind)
        {
            case FileKind.Folder:
                return AddFolder(status, folder, name);
            case FileKind.File:
                AddFile(status, folder, name);
                return false;
            case FileKind.Link:
                Add(EntryKind.Link, status, -1);
                return false;
            default:
                _remarks.Note($"'{RawPath.Display(Path.Span)}' is a {RawPath.KindName(status.Kind)} and skipped.");
                return false;
        }
    }

    private bool AddFolder(in FileStatus status, int parent, ReadOnlySpan<byte> name)
    {
        if (TreeSource.IsStagingName(name[..^1]))
        {
            _remarks.Note($"'{RawPath.Display(Path.Span)}' is a staging folder of a restore and left out.");
            return false;
        }

        Add(EntryKind.Folder, status, _catalogue.AddExtended(_extended.Read(new AttributeHolder(parent, name, _placeScratch), Path)));
        _device = status.Device;
        if (!_source.Options.CrossMounts && (status.IsMountRoot || status.Device != _source.RootStatus.Device))
        {
            _remarks.Note($"'{RawPath.Display(Path.Span)}' is another file system and not entered.");
            _catalogue.LeftOut.Add(Path.Span);
            return false;
        }

        return true;
    }

    private void AddFile(in FileStatus status, int folder, ReadOnlySpan<byte> name)
    {
        if (LiveDatabase.IsOfOwn(folder, name, status.Size, Path, _remarks))
        {
            _catalogue.LeftOut.Add(Path.Span);
            return;
        }

        if (status.Links <= 1)
        {
            Add(EntryKind.File, status, -1);
        }
        else if (_groups.TryGetValue((status.Device, status.Inode), out long group))
        {
            Add(EntryKind.HardLink, status, group);
            return;
        }
        else
        {
            group = _catalogue.AddGroup(Path.Span);
            _groups.Add((status.Device, status.Inode), group);
            Add(EntryKind.File, status, group);
        }

        _catalogue.ContentBytes += Math.Min(status.Size, Math.Max(status.AllocatedBytes, 4096));
    }

    private void Add(EntryKind kind, in FileStatus status, long group)
    {
        _entry.Kind = kind;
        _entry.SetStatus(status);
        _entry.Group = group;
        _entry.Unsure = kind == EntryKind.File && _source.IsUnsure(status);
        if (kind == EntryKind.Folder)
        {
            _entry.Size = 0;
        }

        if (status.ModifiedNanoseconds is long.MinValue or long.MaxValue)
        {
            _remarks.Note($"'{RawPath.Display(Path.Span)}' has a modification time outside the years 1678 to 2262, and is kept with the nearest one inside.");
        }

        _catalogue.Add(_entry);
    }

    private readonly record struct Frame(int PathLength, int Next, bool HasMarker);
}
