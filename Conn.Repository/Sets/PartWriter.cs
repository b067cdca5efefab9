using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Writes the part of one owner. One call at a time, one stream open at a time.</summary>
/// <remarks>
/// If a call of the part or of its stream throws <see cref="RepositoryFailure.DiskFull"/>, abandon the part: that deletes its files, and other parts can be written and committed.
/// Every other failure of the storage ends the set; its commit fails.
/// </remarks>
public sealed class PartWriter : IAsyncDisposable
{
    private readonly BackupSetWriter _set;
    private readonly NewOwnerPart _part;
    private readonly SegmentAppender _appender;
    private readonly List<SectionStreamWriter> _streams = [];
    private readonly List<string> _remarks = [];
    private bool _ended;

    internal PartWriter(BackupSetWriter set, NewOwnerPart part, SegmentAppender appender)
    {
        _set = set;
        _part = part;
        _appender = appender;
    }

    /// <summary>Opens a stream: each kind once per drive, in any order, the one before completed.</summary>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The drive or the kind is not one.</exception>
    /// <exception cref="InvalidOperationException">A stream is open, this one was written already, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed.</exception>
    public async ValueTask<SectionStreamWriter> OpenStreamAsync(byte drive, StreamKind kind, CancellationToken cancellationToken)
    {
        if (drive > FormatLimits.MaxDrive)
        {
            throw new ArgumentOutOfRangeException(nameof(drive), drive, $"A drive is 0 to {FormatLimits.MaxDrive}.");
        }

        if (kind is not (StreamKind.Data or StreamKind.Snapshot))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "A stream is Data or Snapshot.");
        }

        ThrowIfEnded();
        ThrowIfStreamOpen();
        if (_streams.Exists(stream => stream.Drive == drive && stream.Kind == kind))
        {
            throw new InvalidOperationException($"The {kind} stream of drive {(char)('A' + drive)} of owner {_part.Name} was written already; a part holds each once.");
        }

        _appender.Failure.ThrowIfFailed();
        var known = kind == StreamKind.Snapshot ? await KnownSectionsAsync(drive, cancellationToken) : null;
        var opened = new SectionStreamWriter(_set.Pipeline, _appender, _set.SectionBytes, drive, kind, known);
        _streams.Add(opened);
        return opened;
    }

    /// <summary>Ends the part and keeps it: Succeeded or Incomplete. All its streams are completed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that is done when all sections are written (durable only with the commit).</returns>
    /// <exception cref="ArgumentException">The outcome is Skipped or Failed, or a member of the result is out of range. The part stays open.</exception>
    /// <exception cref="InvalidOperationException">A stream is open, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed.</exception>
    public async ValueTask CompleteAsync(PartResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Outcome is not (PartOutcome.Succeeded or PartOutcome.Incomplete))
        {
            throw new ArgumentException($"{nameof(PartResult.Outcome)} of a part that is kept is Succeeded or Incomplete, not {result.Outcome}; abandon it otherwise.", nameof(result));
        }

        result.Validate(_part.Parent is not null, nameof(result));
        ThrowIfEnded();
        ThrowIfStreamOpen();
        cancellationToken.ThrowIfCancellationRequested();
        _appender.Failure.ThrowIfFailed();
        await _appender.FinishAsync();
        _appender.Failure.Complete();
        _ended = true;
        _set.End(Record(result) with { Drives = Drives(), Segments = [.. _appender.Segments.Select(static segment => segment.Info)] }, _appender.Segments);
    }

    /// <summary>Ends the part, drops its bytes and records that it was skipped or failed. A stream may be open; it is closed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="cancellationToken">Not looked at once files are being deleted.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ArgumentException">The outcome is Succeeded or Incomplete, or a member of the result is out of range. The part stays open.</exception>
    /// <exception cref="InvalidOperationException">The part has ended.</exception>
    /// <exception cref="RepositoryException">The files of the part could not be deleted; the set cannot be committed any more.</exception>
    /// <remarks>An earlier failure of the part is not thrown again. A failure that ends the set is thrown by its commit.</remarks>
    public async ValueTask AbandonAsync(PartResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Outcome is not (PartOutcome.Skipped or PartOutcome.Failed))
        {
            throw new ArgumentException($"{nameof(PartResult.Outcome)} of a part that is dropped is Skipped or Failed, not {result.Outcome}; complete it otherwise.", nameof(result));
        }

        result.Validate(_part.Parent is not null, nameof(result));
        ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        await DropAsync(Record(result));
    }

    /// <summary>Drops the part without a record when it has not ended; nothing otherwise.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            await DropAsync(null);
        }
    }

    private async ValueTask DropAsync(OwnerPart? record)
    {
        _ended = true;
        _streams.ForEach(static stream => stream.Close());
        await _set.Pipeline.WhenIdle();
        try
        {
            await _appender.DropAsync();
        }
        catch (Exception error)
        {
            // Files of this part may remain, and the next part may have the same names.
            _set.Failure.Report(error);
            throw;
        }
        finally
        {
            _set.End(record, []);
        }
    }

    private async ValueTask<SnapshotSections?> KnownSectionsAsync(byte drive, CancellationToken cancellationToken)
    {
        if (_part.Parent is not { } parent || parent.Drive(drive)?.Snapshot is not { } stream)
        {
            return null;
        }

        try
        {
            return await SnapshotSections.LoadAsync(_set.Storage, parent, drive, stream, cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
        {
            _remarks.Add($"The snapshot in set {parent.Set} could not be read, so this one is stored in full: {error.Message}");
            return null;
        }
    }

    private OwnerPart Record(PartResult result) => new()
    {
        Set = _set.Id,
        Sequence = 0,
        Number = 0,
        Name = _part.Name,
        Kind = _part.Kind,
        DataVersion = _part.DataVersion,
        Sid = _part.Sid,
        Type = result.Type,
        Parent = result.Type == PartType.Increment ? _part.Parent!.Set : null,
        Outcome = result.Outcome,
        ErrorCode = result.ErrorCode,
        Why = StoredText.Shorten(result.Why),
        Notes = StoredText.Shorten([.. result.Notes, .. _remarks]),
        Errors = StoredText.Shorten(result.Errors),
        HeldMilliseconds = result.HeldMilliseconds,
    };

    private List<DriveStreams> Drives() =>
        [.. _streams.GroupBy(static stream => stream.Drive).OrderBy(static group => group.Key).Select(static group => new DriveStreams(
            group.Key,
            group.FirstOrDefault(static stream => stream.Kind == StreamKind.Data)?.Info,
            group.FirstOrDefault(static stream => stream.Kind == StreamKind.Snapshot)?.Info))];

    private void ThrowIfEnded()
    {
        if (_ended)
        {
            throw new InvalidOperationException($"The part of owner {_part.Name} has ended; begin another.");
        }
    }

    private void ThrowIfStreamOpen()
    {
        if (_streams.Find(static stream => !stream.Ended) is { } open)
        {
            throw new InvalidOperationException(
                $"The {open.Kind} stream of drive {(char)('A' + open.Drive)} of owner {_part.Name} is open; complete it first, or abandon the part.");
        }
    }
}
