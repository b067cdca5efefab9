using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners;

/// <summary>Restores single entries into a folder, beside what it holds. Linux only. One thread at a time.</summary>
/// <remarks>
/// <para>Nothing is written outside of the folder: every folder on the way is opened by its name, and never through a link. Each file is written under a
/// private name, and takes its own when it is complete, so a run that is interrupted leaves whole files only.</para>
/// <para>Folders that are made get their attributes at the end; a folder that exists keeps its own, and everything in it that is not restored.</para>
/// </remarks>
public sealed class ContentTarget : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _below;
    private readonly ContentOverwrite _overwrite;
    private readonly RemarkList _remarks = new();
    private FolderHandle? _root;
    private MergePlan? _plan;
    private bool _madeRoot;

    /// <summary>Looks at a folder. Makes nothing.</summary>
    /// <param name="folder">The folder that a user chose; links on its path are followed. It may be missing for <see cref="Plan"/>.</param>
    /// <param name="below">Names of folders below it, of which the last is the target; links are not followed there. Empty for the folder itself.</param>
    /// <param name="overwrite">What becomes of what exists.</param>
    /// <exception cref="ConnException">The folder cannot be opened. AlreadyExists: one of the names is no folder.</exception>
    public ContentTarget(string folder, IReadOnlyList<string> below, ContentOverwrite overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(below);
        (_folder, _below, _overwrite) = (folder, below, overwrite);
        Open(make: false);
    }

    /// <summary>Gets whether entries get the stored numbers of their user and group; see <see cref="DirectoryOwnerOptions.NumericIds"/>. Default: false.</summary>
    public bool NumericIds { get; init; }

    /// <summary>Gets what a user should know of what was restored, for example that owners could not be set.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Says what a restore would do with an entry now.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="why">For <see cref="ContentAction.Refuse"/> the reason; else empty.</param>
    /// <returns>What would be done.</returns>
    public ContentAction Plan(ContentEntry entry, out string why)
    {
        ArgumentNullException.ThrowIfNull(entry);
        why = "";
        return _plan?.Of(entry, out why) ?? ContentAction.Write;
    }

    /// <summary>Writes entries as an extraction returns them. What has come to be at their places since they were planned is treated as planning treats
    /// it.</summary>
    /// <param name="pieces">The entries; the folders of each come before it, or exist.</param>
    /// <param name="done">Called for each entry with what was done, and why not.</param>
    /// <param name="cancellationToken">Cancels the call between two pieces.</param>
    /// <returns>A task that completes when everything is written and durable.</returns>
    /// <exception cref="ConnException">An entry cannot be written: DiskFull, AccessDenied and others. Those before it are complete.</exception>
    public async ValueTask WriteAsync(IAsyncEnumerable<ContentPiece> pieces, Action<ContentEntry, ContentAction, string> done, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(done);
        Open(make: true);
        using MergeWriter writer = new(_root!, _plan!, _madeRoot, new Ownership(NumericIds), done);
        try
        {
            await foreach (ContentPiece piece in pieces.WithCancellation(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer.Take(piece);
            }
        }
        finally
        {
            writer.Finish(_remarks);
            Notes = [.. _remarks.Take().Notes];
        }

        Errno.Check(Kernel.SyncFileSystem(_root!.Descriptor), $"What was restored to '{_folder}' cannot be made durable");
    }

    /// <summary>Closes the folder.</summary>
    public void Dispose()
    {
        _plan?.Dispose();
        _root?.Dispose();
    }

    private void Open(bool make)
    {
        if (_root is not null)
        {
            return;
        }

        int error = FolderHandle.Open(Encoding.UTF8.GetBytes(_folder + '\0'), out FolderHandle at);
        if (error == Errno.NotFound && !make)
        {
            at.Dispose();
            return;
        }

        Errno.Check(error, $"'{_folder}' cannot be opened");
        foreach (string name in _below)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name + '\0');
            error = Kernel.OpenFolder(at.Descriptor, bytes, out int next);
            if (error == Errno.NotFound && make)
            {
                error = Kernel.MakeFolder(at.Descriptor, bytes, 0x1C0);
                error = error == 0 ? Kernel.OpenFolder(at.Descriptor, bytes, out next) : error;
                _madeRoot = true;
            }

            at.Dispose();
            if (error == Errno.NotFound)
            {
                return;
            }

            if (error is Errno.NotFolder or Errno.Loop)
            {
                throw new ConnException(ErrorCode.AlreadyExists, $"'{name}' in '{_folder}' is a file or a link, and no folder. Move it away, or choose another target.");
            }

            Errno.Check(error, $"'{name}' in '{_folder}' cannot be opened");
            at = new FolderHandle(next);
        }

        _root = at;
        _plan?.Dispose();
        _plan = new MergePlan(_root, _overwrite);
    }
}
