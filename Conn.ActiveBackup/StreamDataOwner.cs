using Conn.ActiveBackup.Staging;

namespace Conn.ActiveBackup;

/// <summary>The base class of an owner whose data is one stream: one method writes it, one takes it.</summary>
/// <remarks>
/// <para>Both streams are temporary files that only this user can read. What <see cref="WriteAsync"/> writes is the owner's data of that moment; the engine takes
/// it from the file, followed by its SHA-256. A restore collects the data in a file, and <see cref="ReadAsync"/> gets it when every Required owner of the restore has its data.</para>
/// <para>Every backup is a base. A restore that is cut off by the end of the process after its commit is not carried through by the next run:
/// <see cref="StagedFileOwner"/> has that.</para>
/// </remarks>
public abstract class StreamDataOwner : DataOwner, IAsyncDisposable
{
    private readonly Dictionary<DriveNumber, Spool> _staged = [];
    private HashedSource? _backup;
    private Spool? _restore;

    /// <summary>Initializes an owner.</summary>
    /// <param name="name">Its name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first; unique in a host.</param>
    protected StreamDataOwner(string name)
        : base(name)
    {
    }

    /// <summary>Gets the folder for temporary files. Default: the system's.</summary>
    protected virtual string TemporaryFolder => Path.GetTempPath();

    /// <inheritdoc/>
    public sealed override async ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await CloseBackupAsync();
        Spool spool = new(TemporaryFolder);
        _backup = new HashedSource(spool.Content);
        await WriteAsync(drive, spool.Content, cancellationToken);
        spool.Rewind();
    }

    /// <inheritdoc/>
    public sealed override async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SectionResult section = await _backup!.TakeAsync(buffer, cancellationToken);
        if (section.Finished)
        {
            await CloseBackupAsync();
        }

        return section;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (_staged.Remove(drive, out Spool? earlier))
        {
            await earlier.DisposeAsync();
        }

        _staged.Add(drive, _restore = new Spool(TemporaryFolder));
    }

    /// <inheritdoc/>
    public sealed override async ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        await _restore!.Content.WriteAsync(section, cancellationToken);
        if (last)
        {
            await HashTrailer.CheckAsync(_restore.Content, Name, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public sealed override async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (!_staged.TryGetValue(drive, out Spool? staged))
        {
            return;
        }

        staged.Rewind();
        await ReadAsync(drive, staged.Content, cancellationToken);
        _staged.Remove(drive);
        await staged.DisposeAsync();
    }

    /// <inheritdoc/>
    public sealed override async ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        foreach (Spool spool in _staged.Values)
        {
            await spool.DisposeAsync();
        }

        _staged.Clear();
        await CloseBackupAsync();
    }

    /// <summary>Removes the temporary files.</summary>
    /// <returns>Completes when they are removed.</returns>
    public virtual async ValueTask DisposeAsync()
    {
        await TerminateMultiStageOperationAsync(CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes all data of a drive.</summary>
    /// <param name="drive">The drive; C unless the registration names others.</param>
    /// <param name="destination">Where the bytes go; valid until the returned task completes.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when everything is written.</returns>
    protected abstract ValueTask WriteAsync(DriveNumber drive, Stream destination, CancellationToken cancellationToken);

    /// <summary>Replaces the data of a drive by what <see cref="WriteAsync"/> wrote in a backup.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="source">The bytes, from the first; valid until the returned task completes.</param>
    /// <param name="cancellationToken">Not cancelled by an abort: the restore is committed.</param>
    /// <returns>Completes when the data is in place.</returns>
    protected abstract ValueTask ReadAsync(DriveNumber drive, Stream source, CancellationToken cancellationToken);

    private async ValueTask CloseBackupAsync()
    {
        await (_backup?.DisposeAsync() ?? default);
        _backup = null;
    }
}
