using System.Globalization;
using Conn.PubSub;

namespace Conn.DataOwners.Sqlite;

/// <summary>Decides whether a prepared restore was already put in place. Invariant: a database that has the restored state, or grew out of it, is never
/// written over.</summary>
internal sealed class CommitEvidence(SqliteOwnerOptions options, RemarkList remarks, RestoreToken token)
{
    /// <param name="staged">The staged file, or null when it is gone.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ConnException">Corrupt: it was not, and it cannot be any more, because the staged file is gone.</exception>
    public bool IsInPlace(StagedFile? staged, CancellationToken cancellationToken)
    {
        if (staged is null)
        {
            return IsInPlaceWithoutStaged(cancellationToken);
        }

        if (RandomAccess.GetLength(staged.File) == 0)
        {
            return true;
        }

        return CommitMark.TryRead(staged.FullPath) is { } before && HasMoved(before, cancellationToken);
    }

    private bool HasRestoredContent(CancellationToken cancellationToken) =>
        File.Exists(options.DatabasePath) && SqliteBackup.ContentDigest(options, cancellationToken).AsSpan().SequenceEqual(token.ContentDigest);

    // A staged file is removed when its content is in place, and by recovery when the restore was not committed.
    private bool IsInPlaceWithoutStaged(CancellationToken cancellationToken)
    {
        if (!token.IntoLive && File.Exists(options.DatabasePath))
        {
            // The rename may not be durable: the process that made it may have ended before the flush.
            DeviceFlush.Folder(Path.GetDirectoryName(options.DatabasePath)!);
            return true;
        }

        if (token.IntoLive && (HasMoved(token.SchemaVersion, cancellationToken) || HasRestoredContent(cancellationToken)))
        {
            return true;
        }

        throw SqliteErrors.Damaged(
            $"The staged copy {token.StagedName} is gone, and {options.DatabasePath} is not the state it held: owner {options.Name} cannot be rolled forward. "
            + "Restore it again from the same set.");
    }

    private bool HasMoved(int schemaVersion, CancellationToken cancellationToken)
    {
        if (!File.Exists(options.DatabasePath) || SchemaVersionNow(cancellationToken) == schemaVersion)
        {
            return false;
        }

        if (!HasRestoredContent(cancellationToken))
        {
            remarks.Note($"The restored state had been put in place at {options.DatabasePath}, and the database was written to since. It was left as it is.");
        }

        return true;
    }

    private int SchemaVersionNow(CancellationToken cancellationToken)
    {
        using Database target = Database.Open(options.DatabasePath, options.BusyTimeout);
        return int.Parse(target.Query("PRAGMA schema_version", cancellationToken)[0], CultureInfo.InvariantCulture);
    }
}
