using System.Security.Cryptography;
using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Makes entries in a folder that others use too. Invariant: under its own name a file is complete, or what was there before.</summary>
internal sealed class MergeWriter : IDisposable
{
    private const string StagingPrefix = ".conn-restore-part-";
    private const uint Private = 0x1C0;
    private readonly FolderHandle _root;
    private readonly MergePlan _plan;
    private readonly Action<ContentEntry, ContentAction, string> _done;
    private readonly FolderCursor _folders;
    private readonly FolderCursor _leaders;
    private readonly Ownership _ownership;
    private readonly List<(byte[] Path, EntryAttributes Attributes)> _made = [];
    private readonly PathBuffer _path = new();
    private readonly PathBuffer _leader = new();
    private readonly byte[] _stagingName = Encoding.ASCII.GetBytes($"{StagingPrefix}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}\0");
    private readonly FolderHandle _staging;
    private readonly bool _madeRoot;
    private MergedFile? _file;
    private bool _isSkipped;
    private bool _replaces;

    /// <param name="root">The folder; stays the caller's.</param>
    /// <param name="plan">Says what becomes of each entry; stays the caller's.</param>
    /// <param name="madeRoot">Whether the folder was made for this, so that it gets its attributes.</param>
    /// <param name="ownership">Who may be made owner.</param>
    /// <param name="done">Learns what was done.</param>
    internal MergeWriter(FolderHandle root, MergePlan plan, bool madeRoot, Ownership ownership, Action<ContentEntry, ContentAction, string> done)
    {
        (_root, _plan, _madeRoot, _ownership, _done) = (root, plan, madeRoot, ownership, done);
        (_folders, _leaders) = (new FolderCursor(root), new FolderCursor(root));
        RemoveLeftovers();
        int error = Kernel.MakeFolder(root.Descriptor, _stagingName, Private);
        int staging = -1;
        error = error == 0 ? Kernel.OpenFolder(root.Descriptor, _stagingName, out staging) : error;
        _staging = new FolderHandle(staging);
        _ = new AttributeHolder(staging).Remove(ExtendedSet.DefaultAcl);
        Errno.Check(error, "A private folder for files that are not complete cannot be made in the target");
    }

    private static ReadOnlySpan<byte> Staged => "entry\0"u8;

    internal void Take(in ContentPiece piece)
    {
        switch (piece.Kind)
        {
            case ContentPieceKind.Entry:
                Begin(piece.Entry);
                break;
            case ContentPieceKind.Data when !_isSkipped:
                _file!.Data(piece.Data.Span);
                break;
            case ContentPieceKind.Hole when !_isSkipped:
                _file!.Hole(piece.HoleBytes);
                break;
            case ContentPieceKind.End when !_isSkipped:
                EndFile(piece.Entry);
                break;
        }
    }

    /// <summary>Gives the folders that were made their attributes, those within before those around them.</summary>
    internal void Finish(RemarkList remarks)
    {
        DropFile();
        _ = TreeRemover.Remove(_root.Descriptor, _stagingName);
        for (int i = _made.Count - 1; i >= 0; i--)
        {
            (byte[] path, EntryAttributes attributes) = _made[i];
            int error = _folders.Enter(path, out int folder);
            int mode = error == 0 ? _ownership.Apply(folder, attributes) : 0;
            if (error == 0)
            {
                _ownership.Extended.Replace(new AttributeHolder(folder), attributes.Extended.Span);
            }

            error = error == 0 ? Kernel.ChangeMode(folder, mode) : error;
            error = error == 0 ? Kernel.SetModified(folder, attributes.Modified) : error;
            if (error != 0)
            {
                remarks.Note($"The folder '{RawPath.Display(path)}' did not get its attributes: {Errno.Text(error)}.");
            }
        }

        _ownership.Tell(remarks);
    }

    public void Dispose()
    {
        DropFile();
        _staging.Dispose();
        _folders.Dispose();
        _leaders.Dispose();
    }

    /// <summary>Removes what a killed run left: files that are not complete.</summary>
    private void RemoveLeftovers()
    {
        NameList names = new();
        int error = Kernel.Open(_root.Descriptor, ".\0"u8, OpenFlags.Folder, 0, out int listing);
        error = error == 0 ? names.Fill(listing, new byte[32 * 1024]) : error;
        Kernel.Close(listing);
        for (int i = 0; i < names.Count && error == 0; i++)
        {
            error = names[i].StartsWith(Encoding.ASCII.GetBytes(StagingPrefix)) ? TreeRemover.Remove(_root.Descriptor, names[i]) : 0;
        }
    }

    private void Begin(ContentEntry entry)
    {
        ContentAction action = _plan.Of(entry, out string why);
        (_isSkipped, _replaces) = (action is ContentAction.Keep or ContentAction.Refuse, action == ContentAction.Replace);
        if (entry.Path.IsEmpty)
        {
            MadeFolder(entry, _madeRoot);
            return;
        }

        if (_isSkipped)
        {
            _done(entry, action, why);
            return;
        }

        _path.Set(entry.Path.Span);
        switch (entry.Kind)
        {
            case ContentKind.Folder:
                Check(Kernel.MakeFolder(Parent(), _path.Leaf, Private), "cannot be made");
                MadeFolder(entry, true);
                _done(entry, action, "");
                break;
            case ContentKind.File:
                Check(Kernel.Open(_staging.Descriptor, Staged, OpenFlags.NewFile, 0x180, out int file), "cannot be made");
                _file = new MergedFile(file);
                break;
            case ContentKind.Link:
                MakeLink(entry);
                PutInPlace(entry);
                break;
            default:
                _leader.Set(entry.Target.Span);
                int error = _leaders.Enter(_leader.Parent, out int from);
                Check(error == 0 ? Kernel.Link(from, _leader.Leaf, _staging.Descriptor, Staged) : error, "cannot be linked to its first name");
                PutInPlace(entry);
                break;
        }
    }

    private void MadeFolder(ContentEntry entry, bool isMade)
    {
        if (isMade && entry.Mode is not null)
        {
            _made.Add((entry.Path.ToArray(), AttributesOf(entry)));
        }
    }

    private EntryAttributes AttributesOf(ContentEntry entry) => _ownership.Local(
        new EntryAttributes(entry.Mode ?? 0x1FF, entry.UserId, entry.GroupId, entry.ModifiedNanoseconds ?? 0, entry.ExtendedAttributes)
        {
            UserName = entry.UserName, GroupName = entry.GroupName,
        });

    private void MakeLink(ContentEntry entry)
    {
        Check(Kernel.SymbolicLink([.. entry.Target.Span, 0], _staging.Descriptor, Staged), "cannot be made");
        _ownership.ApplyToLink(_staging.Descriptor, Staged, AttributesOf(entry));
        var holder = new AttributeHolder(_staging.Descriptor, Staged, stackalloc byte[AttributeHolder.MaxPathBytes]);
        _ownership.Extended.Set(holder, entry.ExtendedAttributes.Span);
        Check(entry.ModifiedNanoseconds is { } time ? Kernel.SetModified(_staging.Descriptor, Staged, time) : 0, "cannot get its time");
    }

    private void EndFile(ContentEntry entry)
    {
        Check(_file!.End(entry, AttributesOf(entry), _ownership, _replaces), "cannot be finished");
        _file = null;
        PutInPlace(entry);
    }

    /// <summary>Gives the staged entry its name. What came to be there in the meantime is looked at again.</summary>
    private void PutInPlace(ContentEntry entry)
    {
        ContentAction action = _plan.Of(entry, out string why);
        if (action is ContentAction.Keep or ContentAction.Refuse)
        {
            Check(Kernel.Unlink(_staging.Descriptor, Staged), "cannot be taken back");
            _done(entry, action, why);
            return;
        }

        RenameMode mode = action == ContentAction.Write ? RenameMode.KeepExisting : RenameMode.Replace;
        int folder = Parent();
        int error = Kernel.Rename(_staging.Descriptor, Staged, folder, _path.Leaf, mode);
        error = error == Errno.Invalid ? Kernel.Rename(_staging.Descriptor, Staged, folder, _path.Leaf, RenameMode.Replace) : error;
        Check(error, "cannot be put in place");

        // A rename over another name of the same file leaves both.
        _ = Kernel.Unlink(_staging.Descriptor, Staged);
        _done(entry, action, "");
    }

    private int Parent()
    {
        Check(_folders.Enter(_path.Parent, out int folder), "has no folder to be in");
        return folder;
    }

    private void DropFile()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Check(int error, string what) => Errno.Check(error, $"'{RawPath.Display(_path.Span)}' {what}");
}
