using System.Globalization;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Command;
using Conn.PubSub;

namespace Conn.DataOwners;

/// <summary>A data owner that runs a program for each stage: what the program writes in its stage <c>backup</c> is the data.</summary>
/// <remarks>
/// <para>Exit code 0 is success, 75 means that the stage cannot run now, 77 that the program refuses it; any other fails the owner, with the last lines that
/// the program wrote. A program is stopped with all processes of its group. docs/owners.md describes arguments, variables and stages. Needs Linux.</para>
/// <para>Every backup is a base. A restore is all or nothing: <c>restore</c> stages, and <c>commit</c> puts in place what was staged.</para>
/// <para>Not thread-safe: one call at a time, as <see cref="IActiveBackupDataClient"/> promises.</para>
/// </remarks>
public sealed class CommandDataOwner : DataOwner, IRestorePlan, IRestorePrepare, IOwnerRemarks, IOwnedPlaces, IAsyncDisposable, IOperationFollower,
    IContentList, IContentExtract
{
    private readonly CommandOwnerOptions _options;
    private readonly CommandProgram _program;
    private readonly FreezeGuard _freeze;
    private BackupSource? _backup;
    private StagedRestore? _restore;
    private string? _warning;
    private Task _following = Task.CompletedTask;

    /// <summary>Makes an owner with the default options. Nothing is started before the first callback.</summary>
    /// <param name="name">The owner's name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first.</param>
    /// <param name="program">Path of the program file; absolute or relative to the current folder.</param>
    /// <exception cref="ArgumentException">The name is not legal or the path is empty.</exception>
    public CommandDataOwner(string name, string program)
        : this(new CommandOwnerOptions { Name = name, Program = program })
    {
    }

    /// <summary>Makes an owner. Nothing is started before the first callback.</summary>
    /// <param name="options">The program, and how it is run.</param>
    /// <exception cref="ArgumentException">The name, a path, an argument or a variable is not legal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public CommandDataOwner(CommandOwnerOptions options)
        : base(options?.Name!)
    {
        ArgumentNullException.ThrowIfNull(options);
        CommandOptionRules.Check(options);
        _options = options with
        {
            Program = Path.GetFullPath(options.Program),
            StagingFolder = Path.GetFullPath(options.StagingFolder ?? DefaultStagingFolder),
        };
        _program = new CommandProgram(_options);
        _freeze = new FreezeGuard(_program);
    }

    /// <summary>Gets the staging folder of owners whose options name none.</summary>
    public static string DefaultStagingFolder =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "conn", "command");

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, CancellationToken cancellationToken) =>
        new RawContent(hasHashTrailer: true).ListContentAsync(content, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentPiece> ExtractContentAsync(StoredContent content, Func<ContentEntry, bool> select, CancellationToken cancellationToken) =>
        new RawContent(hasHashTrailer: true).ExtractContentAsync(content, select, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>The staging folder; other command owners may use the same.</remarks>
    public IReadOnlyList<string> Places => [_options.StagingFolder!];

    /// <inheritdoc/>
    public override DataOwnerRegistration Registration => base.Registration with
    {
        Kind = $"command:{Path.GetFileName(_options.Program)}", Drives = DriveList.Of(_options.Drive), Source = _options.Program,
    };

    /// <inheritdoc/>
    /// <remarks>So <c>thaw</c> runs when the whole operation has ended: with success, with a failure, or because the lease ran out. If the host does not call it,
    /// <c>thaw</c> runs at the end of the owner's own part. It answers Success at once.</remarks>
    public ValueTask<ErrorCode> FollowAsync(ActiveBackupClient client, BurMode mode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (_options.Freezes)
        {
            _following = ThawAfterAsync(client.Ended, _following);
        }

        return new(ErrorCode.Success);
    }

    /// <inheritdoc/>
    /// <remarks>Runs <c>freeze</c>.</remarks>
    public override async ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken)
    {
        _program.Check(CommandStage.Backup);
        if (_options.Freezes)
        {
            await _freeze.FreezeAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return StagingFailures.WithCodesAsync(_options, OpenBackupAsync);
    }

    /// <inheritdoc/>
    public override async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SectionResult section = await _backup!.TakeAsync(buffer, cancellationToken);
        if (section.Finished)
        {
            await CloseBackupAsync();
        }

        return section;
    }

    /// <inheritdoc/>
    public async ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken)
    {
        if (_following.IsCompleted)
        {
            await _freeze.ThawAsync();
        }

        return Interlocked.Exchange(ref _warning, null) is { } warning ? new OwnerRemarks([warning], []) : OwnerRemarks.Nothing;
    }

    /// <inheritdoc/>
    public override ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return StagingFailures.WithCodesAsync(_options, async () =>
        {
            await CloseRestoreAsync();
            _restore = StagedRestore.Create(_program);
        });
    }

    /// <inheritdoc/>
    public override ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        StagingFailures.WithCodesAsync(_options, () => _restore!.WriteAsync(section, last, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>Checks the program and the free space, and runs <c>plan</c> if the program has it.</remarks>
    public async ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        _program.Check(CommandStage.Plan);
        StageFolder.RequireRoot(_options.StagingFolder!);
        long free = new DriveInfo(_options.StagingFolder!).AvailableFreeSpace;
        if (expectedBytes > free)
        {
            throw new ConnException(ErrorCode.DiskFull, $"The staging folder {_options.StagingFolder} has {free} bytes free, and the stream needs about "
                + $"{expectedBytes}; free some space, or name another folder.");
        }

        if (_options.Plans)
        {
            await CommandRun.RunAsync(_program, CommandStage.Plan, null, cancellationToken,
                [new("CONN_EXPECTED_BYTES", expectedBytes.ToString(CultureInfo.InvariantCulture))]);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Runs <c>restore</c>.</remarks>
    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return StagingFailures.WithCodesAsync(_options, () => _restore!.PrepareAsync(ReportProgress, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return StagingFailures.WithCodesAsync(_options, async () =>
        {
            await CloseRestoreAsync();
            (_restore, bool isLeft) = StagedRestore.Resume(_program, token.Span);
            _warning = isLeft ? $"WARNING: A restore that was committed earlier is carried through: {_options.Program} puts the staged data in place now, over what was written since." : null;
            return isLeft;
        });
    }

    /// <inheritdoc/>
    /// <remarks>Runs <c>commit</c>.</remarks>
    public override ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        StagingFailures.WithCodesAsync(_options, () => _restore?.CompleteAsync() ?? default);

    /// <inheritdoc/>
    public override async ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CloseBackupAsync();
            await CloseRestoreAsync();
        }
        finally
        {
            await _freeze.ThawAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Runs <c>thaw</c> if an earlier process could not, and <c>discard</c> for what restores have staged and not committed.</remarks>
    public async ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        string? thawed = _options.Freezes ? await _freeze.RecoverAsync() : null;
        IReadOnlyList<string> removed = await StagedRestore.RecoverAsync(_program, cancellationToken);
        return thawed is null ? removed : [thawed, .. removed];
    }

    /// <summary>Stops what runs, and runs a <c>thaw</c> that is due. What a restore has prepared stays.</summary>
    /// <returns>Completes when nothing runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        await CloseBackupAsync();
        await CloseRestoreAsync();
        await ThawAtEndAsync();
        _freeze.Dispose();
    }

    private async Task ThawAfterAsync(Task operation, Task earlier)
    {
        await earlier;
        await operation;
        await ThawAtEndAsync();
    }

    private async Task ThawAtEndAsync()
    {
        try
        {
            await _freeze.ThawAsync();
        }
#pragma warning disable CA1031 // Nobody waits for this thaw; the handler receives its failure, and the next operation thaws again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _options.OnError?.Invoke(e);
        }
    }

    private async ValueTask OpenBackupAsync()
    {
        await CloseBackupAsync();
        StageFolder folder = StageFolder.Create(_options);
        try
        {
            _backup = new BackupSource(folder, new CommandRun(_program, CommandStage.Backup, folder.Staging, _options.StageTimeout), ReportProgress);
        }
        catch
        {
            folder.Delete();
            throw;
        }
    }

    private async ValueTask CloseBackupAsync()
    {
        await (_backup?.DisposeAsync() ?? default);
        _backup = null;
    }

    private async ValueTask CloseRestoreAsync()
    {
        await (_restore?.DisposeAsync() ?? default);
        _restore = null;
    }

    private void Check(DriveNumber drive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (drive != _options.Drive)
        {
            throw new ConnException(ErrorCode.Argument, $"Drive {drive} was asked of owner {_options.Name}, whose one drive is {_options.Drive}.");
        }
    }
}
