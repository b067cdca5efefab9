using Conn.ActiveBackup.Staging;

namespace Conn.ActiveBackup;

/// <summary>An owner whose data is one file. A restore is staged beside the file, made durable, and put in place by one rename; one that was committed and cut
/// off is carried through by the next run.</summary>
/// <remarks>
/// <para>It may be used as it is. A derived class makes the file consistent before it is read (<see cref="OpenAsync"/>), refuses restored content before the
/// commit (<see cref="CheckAsync"/>), and takes the new file up (<see cref="OnReplacedAsync"/>).</para>
/// <para>Staged files have the name of the file with <c>.conn-staged-</c> or <c>.conn-prepared-</c> and digits added. After a restore an empty file with
/// <c>.conn-done-</c> stays until the next backup or restore in place. Every backup is a base. If the path is a symbolic link,
/// the file that it leads to is kept and replaced.</para>
/// </remarks>
public class StagedFileOwner : DataOwner, IRestorePlan, IRestorePrepare, IOwnerRemarks, IOwnedPlaces, IAsyncDisposable
{
    private HashedSource? _source;
    private StagedFile? _staged;
    private string? _warning;

    /// <summary>Initializes an owner. Touches nothing.</summary>
    /// <param name="name">Its name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first; unique in a host.</param>
    /// <param name="path">Path of the file; absolute, or relative to the present folder.</param>
    public StagedFileOwner(string name, string path)
        : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FilePath = Path.GetFullPath(path);
    }

    /// <summary>Gets the absolute path of the file.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public override DataOwnerRegistration Registration => base.Registration with { Kind = "file", Source = FilePath };

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => [FilePath];

    // The file itself, where the path is a link: a rename onto the link would replace the link.
    private string Target => new FileInfo(FilePath).LinkTarget is null ? FilePath : File.ResolveLinkTarget(FilePath, returnFinalTarget: true)!.FullName;

    /// <inheritdoc/>
    public sealed override async ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await CloseSourceAsync();
        _source = new HashedSource(await OpenAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public sealed override async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SectionResult section = await _source!.TakeAsync(buffer, cancellationToken);
        if (section.Finished)
        {
            await CloseSourceAsync();
        }

        return section;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await CloseStagedAsync();
        _staged = StagedFile.Create(Target);
    }

    /// <inheritdoc/>
    public sealed override async ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        await _staged!.Content.WriteAsync(section, cancellationToken);
        if (last)
        {
            await HashTrailer.CheckAsync(_staged.Content, Name, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        StagedFile.CheckPlace(Target, expectedBytes);
        return default;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        // A stream of its own: a check that disposes it, as a reader does, leaves the staged file open.
        await using (Stream content = _staged!.OpenForReading())
        {
            await CheckAsync(content, cancellationToken);
        }

        return await _staged.PrepareAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        await CloseStagedAsync();
        _staged = await StagedFile.ResumeAsync(Target, token, cancellationToken);
        _warning = _staged is { } staged && staged.IsTargetNewer ? $"WARNING: {FilePath} was written to after its restore was prepared. The restore that was "
            + $"committed replaced it; as it was before, it is {staged.KeptPath}. Take what you need out of it, and remove it." : null;
        return _staged is not null;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (_staged is { } staged)
        {
            staged.PutInPlace();
            await CloseStagedAsync();
        }

        await OnReplacedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public sealed override async ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        await CloseSourceAsync();
        await CloseStagedAsync();
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
        new(StagedFile.RemoveLeftovers(Target, _staged));

    /// <inheritdoc/>
    /// <remarks>A warning if a restore that was carried through after a crash replaced a file that was written to since.</remarks>
    public virtual ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) =>
        new(Interlocked.Exchange(ref _warning, null) is { } warning ? new OwnerRemarks([warning], []) : OwnerRemarks.Nothing);

    /// <summary>Closes what is open.</summary>
    /// <returns>Completes when it is closed.</returns>
    public virtual async ValueTask DisposeAsync()
    {
        await TerminateMultiStageOperationAsync(CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the data for a backup. Override it to make the file consistent first.</summary>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>The data, from its first byte; disposed by the caller. Default: the file, opened for reading.</returns>
    protected virtual ValueTask<Stream> OpenAsync(CancellationToken cancellationToken) =>
        new(new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false));

    /// <summary>Checks restored content before the commit. Throw to refuse it: nothing changes then.</summary>
    /// <param name="staged">The content, from its first byte; read only.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when the content is accepted. Default: at once.</returns>
    protected virtual ValueTask CheckAsync(Stream staged, CancellationToken cancellationToken) => default;

    /// <summary>Takes the restored file up, which is in place now. It may be called again for the same restore.</summary>
    /// <param name="cancellationToken">Not cancelled by an abort: the restore is committed.</param>
    /// <returns>Completes when the owner uses the new file. Default: at once.</returns>
    protected virtual ValueTask OnReplacedAsync(CancellationToken cancellationToken) => default;

    private async ValueTask CloseSourceAsync()
    {
        await (_source?.DisposeAsync() ?? default);
        _source = null;
    }

    private async ValueTask CloseStagedAsync()
    {
        await (_staged?.DisposeAsync() ?? default);
        _staged = null;
    }
}
