using System.IO.Hashing;
using Conn.ActiveBackup;

namespace Conn.PlantedBugs;

/// <summary>A data owner of a notebook, with increments of single notes and with a prepared restore. A switch plants one bug.</summary>
internal sealed class NotebookOwner(string path, TimeProvider clock, PlantedBug bug) : IActiveBackupDataClient, IRestorePrepare
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private byte[]? _oldSnapshot, _newSnapshot;
    private byte[] _stream = [];
    private SortedDictionary<string, string>? _staged;
    private PreparedNotes? _prepared;

    public bool Holds => _oldSnapshot is not null || _newSnapshot is not null || _stream.Length > 0 || _staged is not null;

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        _oldSnapshot = [.. _oldSnapshot ?? [], .. section.Span];
        return default;
    }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken)
    {
        // A damaged one is refused.
        _ = _oldSnapshot is null ? [] : NotebookStream.ReadSnapshot(_oldSnapshot);
        return default;
    }

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(-1);

    public async ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        // What the program is writing comes first.
        await Task.Delay(Pause, bug == PlantedBug.RealDelays ? TimeProvider.System : clock, cancellationToken);
        SortedDictionary<string, string> notes = Notebook.Read(path);
        _stream = _oldSnapshot is null ? NotebookStream.Base(notes)
            : NotebookStream.Increment(_oldSnapshot, notes, bug == PlantedBug.ChangeByLengthOnly, bug == PlantedBug.DeletionsLost);
        _newSnapshot = bug == PlantedBug.LateSnapshot ? null : Snapshot();
        _oldSnapshot = null;
    }

    public async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SectionResult section = bug == PlantedBug.PoolThreads ? await Task.Run(() => Take(ref _stream, buffer), cancellationToken) : Take(ref _stream, buffer);
        return bug == PlantedBug.StreamCut ? new SectionResult(section.Bytes, Finished: true) : section;
    }

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        byte[] snapshot = _newSnapshot ?? Snapshot();
        SectionResult section = Take(ref snapshot, buffer);
        _newSnapshot = section.Finished ? null : snapshot;
        return new(section);
    }

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        (_oldSnapshot, _staged, _stream) = (null, null, []);
        return default;
    }

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (Collect(section, last) is { } stream)
        {
            try
            {
                _staged = NotebookStream.ReadBase(stream);
                foreach ((string name, string text) in bug == PlantedBug.MergedWithCurrent ? Notebook.Read(path) : [])
                {
                    _staged.TryAdd(name, text);
                }
            }
            catch (ConnException) when (bug == PlantedBug.DamagedBaseAsEmpty)
            {
                _staged = [];
            }
        }

        return default;
    }

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (Collect(section, last) is { } stream)
        {
            _staged = NotebookStream.ReadIncrement(stream, _staged!, bug == PlantedBug.ChangeByLengthOnly);
        }

        return default;
    }

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _prepared = PreparedNotes.Write(path, _staged!, bug);
        _staged = null;
        if (bug == PlantedBug.ChangeBeforeCommit)
        {
            _prepared.PutInPlace();
        }

        return new(_prepared.Token);
    }

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        _prepared = PreparedNotes.Find(path, token, bug);
        return new(_prepared is { IsInPlace: false });
    }

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (bug == PlantedBug.CommitTwiceThrows)
        {
            _prepared!.PutInPlace();
        }
        else
        {
            _prepared?.PutInPlace();
        }

        _prepared = null;
        return default;
    }

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => new(PreparedNotes.RemoveAll(path));

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        if (bug != PlantedBug.TerminateKeepsState)
        {
            (_oldSnapshot, _newSnapshot, _stream, _staged, _prepared) = (null, null, [], null, null);
        }

        return default;
    }

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        new(XxHash32.HashToUInt32(NotebookStream.Base(Notebook.Read(path))));

    private byte[] Snapshot() => NotebookStream.Snapshot(Notebook.Read(path), bug == PlantedBug.ChangeByLengthOnly);

    /// <summary>Collects the sections of a stream. Returns the stream when it is complete.</summary>
    private byte[]? Collect(ReadOnlyMemory<byte> section, bool last)
    {
        _stream = bug == PlantedBug.LastSectionOnly ? section.ToArray() : [.. _stream, .. section.Span];
        byte[]? complete = last ? _stream : null;
        _stream = last ? [] : _stream;
        return complete;
    }

    private static SectionResult Take(ref byte[] from, Memory<byte> buffer)
    {
        int bytes = Math.Min(buffer.Length, from.Length);
        from.AsSpan(0, bytes).CopyTo(buffer.Span);
        from = from[bytes..];
        return new SectionResult(bytes, from.Length == 0);
    }
}
