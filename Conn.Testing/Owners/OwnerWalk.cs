using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Walks through the table with one owner: any call that is legal now, with the bytes that are due in it. What differs from an engine is only the order.</summary>
internal sealed class OwnerWalk
{
    private readonly Dictionary<DriveNumber, Cursor> _cursors = [];
    private readonly DataOwnerSubject _subject;
    private readonly CallbackMachine _machine;
    private readonly GuardedDataClient _calls;
    private readonly Random _random;
    private readonly CancellationToken _token;
    private readonly byte[] _room;

    public OwnerWalk(DataOwnerSubject subject, bool restore, Random random, CancellationToken token)
    {
        (_subject, _random, _token) = (subject, random, token);
        _machine = new CallbackMachine("under test", restore, () => DataOwnerStatus.Ready);
        _calls = new GuardedDataClient(subject.Client);
        _calls.Begin(_machine, subject.Drives);
        _room = new byte[Math.Max(500, subject.MinSectionBytes)];
    }

    /// <summary>Whether what was given for a drive was put in place, all of it.</summary>
    public bool IsCompleted(DriveNumber drive) => _cursors.TryGetValue(drive, out Cursor? cursor) && cursor.Completed;

    public ValueTask TerminateAsync() => _calls.TerminateMultiStageOperationAsync(CancellationToken.None);

    /// <summary>Goes until the steps are used up, or the owner has no use for a snapshot.</summary>
    public async Task GoAsync(IReadOnlyList<StoredStreams> chain, int steps)
    {
        foreach (DriveNumber drive in _subject.Drives)
        {
            _cursors[drive] = new Cursor(chain, drive);
        }

        for (int i = 0; i < steps; i++)
        {
            DriveNumber drive = _machine.Open?.Drive ?? _subject.Drives.ElementAt(_random.Next(_subject.Drives.Count));
            CallbackEvent[] legal = [.. CallbackTable.Instance.LegalEvents(_machine.StateOf(new DriveKey(drive))).Where(e => IsDue(e, drive))];
            if (legal.Length == 0)
            {
                continue;
            }

            CallbackEvent step = legal[_random.Next(legal.Length)];
            try
            {
                await CallAsync(step, drive);
            }
            catch (ConnException e) when (e is not IllegalEventException && (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt)
                && step is CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData or CallbackEvent.AllSnapshotsSupplied or CallbackEvent.GetSnapshotData)
            {
                // No use for a snapshot, or none kept: the table goes on from there, an owner that got part of one is let go.
                if (step != CallbackEvent.GetSnapshotData)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Calls only, and of those the ones for which there are bytes: a restore gives its chain in order and completes what it gave.</summary>
    private bool IsDue(CallbackEvent step, DriveNumber drive) => step switch
    {
        CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData => _cursors[drive].Snapshot is { Length: > 1 },
        CallbackEvent.AllSnapshotsSupplied or CallbackEvent.Recover => _subject.Drives.All(d => CallbackTable.Instance.LegalEvents(_machine.StateOf(new DriveKey(d))).Contains(step))
            && (step != CallbackEvent.Recover || Prepare is not null),
        CallbackEvent.InitialiseRestoreIncrementData => _cursors[drive].HasMore,
        CallbackEvent.PrepareRestore => !_cursors[drive].HasMore && Prepare is not null,
        CallbackEvent.RestoreComplete => !_cursors[drive].HasMore && (Prepare is null || _machine.StateOf(new DriveKey(drive)) != DriveState.RestoreDataDone),
        CallbackEvent.SnapshotRefused or CallbackEvent.BackupDataFinished or CallbackEvent.SnapshotDataFinished or CallbackEvent.ResumeRestore
            or CallbackEvent.Terminate or CallbackEvent.CallbackFailed => false,
        _ => true,
    };

    private IRestorePrepare? Prepare => _calls.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) as IRestorePrepare;

    private async Task CallAsync(CallbackEvent step, DriveNumber drive)
    {
        Cursor at = _cursors[drive];
        switch (step)
        {
            case CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData:
                bool lastPiece = step == CallbackEvent.ReceiveLastSnapshotData;
                await _calls.ReceiveSnapshotDataAsync(drive, at.Take(at.Snapshot!, lastPiece ? int.MaxValue : _random.Next(20)), lastPiece, _token);
                break;
            case CallbackEvent.AllSnapshotsSupplied:
                await _calls.AllSnapshotsSuppliedAsync(_token);
                break;
            case CallbackEvent.GetExpectedDataSize:
                await _calls.GetExpectedDataSizeAsync(drive, _token);
                break;
            case CallbackEvent.InitialiseGetBackupData:
                await _calls.InitialiseGetBackupDataAsync(drive, _token);
                break;
            case CallbackEvent.GetBackupDataSection:
                await _calls.GetBackupDataSectionAsync(_room, _token);
                break;
            case CallbackEvent.GetSnapshotData:
                await _calls.GetSnapshotDataAsync(drive, _room, _token);
                break;
            case CallbackEvent.InitialiseRestoreBaseData:
                at.Restart();
                await _calls.InitialiseRestoreBaseDataAsync(drive, _token);
                break;
            case CallbackEvent.InitialiseRestoreIncrementData:
                at.Next();
                await _calls.InitialiseRestoreIncrementDataAsync(drive, _token);
                break;
            case CallbackEvent.RestoreBaseDataSection or CallbackEvent.RestoreLastBaseDataSection:
                bool lastOfBase = step == CallbackEvent.RestoreLastBaseDataSection;
                await _calls.RestoreBaseDataSectionAsync(at.Take(at.Data, lastOfBase ? int.MaxValue : _random.Next(700)), lastOfBase, _token);
                break;
            case CallbackEvent.RestoreIncrementDataSection or CallbackEvent.RestoreLastIncrementDataSection:
                bool last = step == CallbackEvent.RestoreLastIncrementDataSection;
                await _calls.RestoreIncrementDataSectionAsync(at.Take(at.Data, last ? int.MaxValue : _random.Next(700)), last, _token);
                break;
            case CallbackEvent.PrepareRestore:
                await Prepare!.PrepareRestoreAsync(drive, _token);
                break;
            case CallbackEvent.RestoreComplete:
                await _calls.RestoreCompleteAsync(drive, CancellationToken.None);
                at.Completed = true;
                break;
            case CallbackEvent.Recover:
                await Prepare!.RecoverAsync(_token);
                break;
            default:
                await _calls.GetDataChecksumAsync(drive, _token);
                break;
        }
    }

    /// <summary>How far a drive has come in the bytes that are due to it.</summary>
    private sealed class Cursor(IReadOnlyList<StoredStreams> chain, DriveNumber drive)
    {
        private int _link;
        private int _taken;

        public byte[]? Snapshot => chain[^1].Snapshots.TryGetValue(drive, out byte[]? snapshot) ? snapshot : null;

        public byte[] Data => chain[_link].Data[drive];

        public bool HasMore => _link + 1 < chain.Count;

        public bool Completed { get; set; }

        public void Restart() => (_link, _taken) = (0, 0);

        public void Next() => (_link, _taken) = (_link + 1, 0);

        public byte[] Take(byte[] from, int most)
        {
            byte[] piece = from[_taken..(int)Math.Min(from.Length, (long)_taken + most)];
            _taken += piece.Length;
            return piece;
        }
    }
}
