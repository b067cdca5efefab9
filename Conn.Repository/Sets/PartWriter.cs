using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Writes the part of one owner. One call at a time, one open stream at a time.</summary>
/// <remarks>
/// If a call of the part or of its stream throws <see cref="RepositoryFailure.DiskFull"/>, abandon the part. That deletes its files,
/// and other parts can still be written and committed. Every other failure of the storage ends the set, and its commit fails;
/// so does a full disk at the flush of a part that is already completed.
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

    /// <summary>Opens a stream: each kind once per drive, in any order, after the previous stream is completed.</summary>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The drive or the kind is out of range.</exception>
    /// <exception cref="InvalidOperationException">A stream is open, this stream was written already, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed, now or earlier.</exception>
    public async ValueTask<SectionStreamWriter> OpenStreamAsync(byte drive, StreamKind kind, CancellationToken cancellationToken = default)
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
            throw new InvalidOperationException($"The {kind} stream of drive {(char)('A' + drive)} of owner {_part.Name} was written already.");
        }

        _appender.Failure.ThrowIfFailed();
        SnapshotSections? parentSections = kind == StreamKind.Snapshot ? await LoadParentSectionsAsync(drive, cancellationToken) : null;
        SectionStreamWriter stream = new(_set.Pipeline, _appender, _set.SectionBytes, drive, kind, parentSections);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>Completes the part. Its streams must be completed before.</summary>
    /// <param name="result">The result; its outcome is Succeeded or Incomplete.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when all sections are written. They are durable after the commit.</returns>
    /// <exception cref="ArgumentException">A member of the result is out of range. The part stays open.</exception>
    /// <exception cref="InvalidOperationException">A stream is open, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed, now or earlier. The part stays open.</exception>
    public async ValueTask CompleteAsync(PartResult result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        result.Validate(isCompleted: true, _part.Parent is not null, nameof(result));
        ThrowIfEnded();
        ThrowIfStreamOpen();
        cancellationToken.ThrowIfCancellationRequested();
        _appender.Failure.ThrowIfFailed();
        await _appender.FinishAsync();
        _appender.Failure.Complete();
        _ended = true;
        IReadOnlyList<FinishedSegment> files = _appender.Segments;
        _set.End(Record(result) with { Drives = Drives(), Segments = [.. files.Select(static file => file.Info)] }, files);
    }

    /// <summary>Abandons the part: deletes its files, and records the result. A stream may be open; it is closed.</summary>
    /// <param name="result">The result; its outcome is Skipped or Failed.</param>
    /// <param name="cancellationToken">Cancels the call before files are deleted; ignored afterwards.</param>
    /// <returns>A task that completes when the files are deleted.</returns>
    /// <exception cref="ArgumentException">A member of the result is out of range. The part stays open.</exception>
    /// <exception cref="InvalidOperationException">The part has ended.</exception>
    /// <exception cref="RepositoryException">The files of the part could not be deleted; the set cannot be committed any more.</exception>
    /// <remarks>An earlier failure of the part is not thrown again. A failure that ends the set is thrown by its commit.</remarks>
    public async ValueTask AbandonAsync(PartResult result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        result.Validate(isCompleted: false, _part.Parent is not null, nameof(result));
        ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        await DropAsync(Record(result));
    }

    /// <summary>Deletes the files of the part, and leaves no record, unless the part has ended.</summary>
    /// <returns>A task that completes when the files are deleted.</returns>
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

    private async ValueTask<SnapshotSections?> LoadParentSectionsAsync(byte drive, CancellationToken cancellationToken)
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
        Source = _set.Texts.Take(_part.Source),
        DataVersion = _part.DataVersion,
        Sid = _part.Sid,
        Type = result.Type,
        Parent = result.Type == PartType.Increment ? _part.Parent!.Set : null,
        Outcome = result.Outcome,
        ErrorCode = result.ErrorCode,
        Why = _set.Texts.Take(result.Why),
        Notes = _set.Texts.Take([.. result.Notes, .. _remarks]),
        Errors = _set.Texts.Take(result.Errors),
        HeldMilliseconds = result.HeldMilliseconds,
        TotalBytes = result.TotalBytes,
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
            throw new InvalidOperationException($"The part of owner {_part.Name} has ended; begin another part.");
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
