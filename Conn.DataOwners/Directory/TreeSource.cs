using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>One drive's folder, opened for reading: what is in it, what is left out, and whom to believe about times.</summary>
internal sealed class TreeSource : IDisposable
{
    private readonly List<(byte[] Path, ulong Device, ulong Inode)> _excluded = [];
    private readonly IFileStatusSource? _statuses;
    private readonly Action? _progress;

    private TreeSource(FolderHandle root, FileStatus status, DirectoryOwnerOptions options)
    {
        Root = root;
        RootStatus = status;
        Options = options;
        _statuses = options.FileStatusSource;
        _progress = options.Progress;
        FileSystems = new SourceFileSystems(options);
        SpoolFolder = options.SpoolFolder ?? System.IO.Path.GetTempPath();
    }

    internal FolderHandle Root { get; }

    internal FileStatus RootStatus { get; }

    internal DirectoryOwnerOptions Options { get; }

    internal SourceFileSystems FileSystems { get; }

    /// <summary>What processes may write to without a trace in its times.</summary>
    internal SharedMappings Mappings { get; } = SharedMappings.Find();

    /// <summary>Where temporary lists are kept.</summary>
    internal string SpoolFolder { get; }

    internal static TreeSource Open(string path, DirectoryOwnerOptions options, RemarkList remarks)
    {
        byte[] raw = RawPath.FromText(path);
        int error = FolderHandle.Open(raw, out FolderHandle root);
        FileStatus status = default;
        error = error == 0 ? Kernel.StatOpen(root.Descriptor, out status) : error;
        if (error != 0)
        {
            root.Dispose();
            throw error is Errno.NotFound or Errno.NotFolder
                ? new ConnException(ErrorCode.PathNotFound, $"The folder '{path}' of owner '{options.Name}' does not exist or is no folder. Make it, "
                    + "or give the owner the right path.")
                : Errno.Failure(error, $"The folder '{path}' of owner '{options.Name}' cannot be opened");
        }

        var source = new TreeSource(root, status, options);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)) + '/';
        foreach (string exclusion in options.OtherPlaces)
        {
            string excluded = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(exclusion));
            if (source.Exclude(excluded, full, remarks))
            {
                // A database is kept by its own owner: a journal of another moment beside it would damage it after a restore.
                _ = source.Exclude(excluded + "-wal", full, remarks);
                _ = source.Exclude(excluded + "-shm", full, remarks);
                _ = source.Exclude(excluded + "-journal", full, remarks);
            }
        }

        return source;
    }

    /// <summary>Said in every long loop: stops when it should, and tells that the work is alive.</summary>
    internal void Beat(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _progress?.Invoke();
    }

    internal FileStatus Believe(FileStatus actual) => _statuses is null ? actual : _statuses.Report(actual);

    /// <summary>Whether a file's content may have changed although its times have not.</summary>
    internal bool IsUnsure(in FileStatus status) => Mappings.ProcessOf(status) != 0 && FileSystems.HidesMappedWrites(status.Device);

    /// <summary>By place or by identity, so that no link or second mount leads around an exclusion.</summary>
    internal bool IsExcluded(ReadOnlySpan<byte> path, in FileStatus status)
    {
        foreach ((byte[] place, ulong device, ulong inode) in _excluded)
        {
            if ((inode != 0 && inode == status.Inode && device == status.Device) || (place.Length > 0 && path.SequenceEqual(place)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a name is one that a restore stages under, beside the folder it restores.</summary>
    internal static bool IsStagingName(ReadOnlySpan<byte> name) =>
        name.StartsWith(StagingPlace.Prefix) && StagingPlace.IsStagingName(Encoding.UTF8.GetString(name));

    public void Dispose() => Root.Dispose();

    /// <returns>True when it is a file.</returns>
    private bool Exclude(string exclusion, string root, RemarkList remarks)
    {
        byte[] place = exclusion.StartsWith(root, StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(exclusion[root.Length..]) : [];
        int error = Kernel.StatFollowing(RawPath.FromText(exclusion), out FileStatus status);
        bool exists = error == 0;
        if (!exists && !Presence.IsAbsent(error))
        {
            remarks.Note($"'{exclusion}', which is left out, cannot be looked at ({Errno.Text(error)}): other names that it may have here are not recognised.");
        }

        _excluded.Add((place, exists ? status.Device : 0, exists ? status.Inode : 0));
        return exists && status.Kind == FileKind.File;
    }
}
