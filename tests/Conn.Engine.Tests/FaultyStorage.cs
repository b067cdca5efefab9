using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Engine.Tests;

/// <summary>A storage in which some calls fail.</summary>
internal sealed class FaultyStorage(IRepositoryStorage inner) : ForwardingStorage(inner)
{
    private bool _isRecordPlaced;

    /// <summary>How many flushes of the folder of restores fail after a record was renamed into it.</summary>
    public int FailingFlushes { get; set; }

    /// <summary>Whether the file that names the writer cannot be removed.</summary>
    public bool HolderStays { get; init; }

    /// <summary>Whether a flush has failed.</summary>
    public bool HasFailed { get; private set; }

    public override ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => HolderStays && path == "lock.holder"
        ? throw new RepositoryException(RepositoryFailure.Io, "the name stays") : base.DeleteAsync(path, cancellationToken);

    public override ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        _isRecordPlaced |= to.StartsWith("restores/", StringComparison.Ordinal);
        return base.RenameAsync(from, to, cancellationToken);
    }

    public override ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
    {
        if (path != "restores" || !_isRecordPlaced || FailingFlushes == 0)
        {
            return base.FlushFolderAsync(path, cancellationToken);
        }

        FailingFlushes--;
        HasFailed = true;
        throw new RepositoryException(RepositoryFailure.Io, "the flush failed");
    }
}
