using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Owners;

/// <summary>Makes random legal calls of one owner, each with the bytes that are due in it. Only the order differs from that of an engine.</summary>
internal sealed class OwnerWalk(TestedOwner subject, bool restore, Random random, CancellationToken cancellationToken)
{
    private readonly Dictionary<DriveNumber, Cursor> _cursors = [];
    private readonly byte[] _buffer = new byte[Math.Max(500, subject.MinSectionBytes)];
    private OwnerCalls? _calls;

    /// <summary>Gets whether all that was given for a drive was put in place.</summary>
    public bool IsCompleted(DriveNumber drive) => _cursors.TryGetValue(drive, out Cursor? cursor) && cursor.IsCompleted;

    /// <summary>Terminates the owner's part of the operation.</summary>
    public async ValueTask TerminateAsync()
    {
        if (_calls is not null)
        {
            await _calls.CallAsync(OwnerCall.Terminate(), CancellationToken.None);
            subject.Story.Did($"a {(restore ? "restore" : "backup")} with calls in random legal order that Terminate ended");
        }
    }

    /// <summary>Walks until the steps are used up, or until the owner refuses a snapshot that it was given.</summary>
    public async Task GoAsync(IReadOnlyList<StoredStreams> chain, int steps)
    {
        OwnerCalls calls = _calls = await OwnerCalls.BeginAsync(subject, restore, cancellationToken);
        subject.Story.Doing = $"a {(restore ? "restore" : "backup")} with calls in random legal order";
        foreach (DriveNumber drive in subject.Drives)
        {
            _cursors[drive] = new Cursor(chain, drive);
        }

        for (int i = 0; i < steps; i++)
        {
            DriveNumber drive = calls.Open ?? subject.Drives.ElementAt(random.Next(subject.Drives.Count));
            OwnerCallKind[] due = [.. calls.LegalCalls(drive).Where(k => IsDue(calls, k, drive))];
            if (due.Length == 0)
            {
                continue;
            }

            OwnerCall call = Make(due[random.Next(due.Length)], drive);
            if (!await CallAsync(calls, call) && call.Kind != OwnerCallKind.GetSnapshotData)
            {
                return;
            }

            _cursors[drive].IsCompleted |= call.Kind == OwnerCallKind.RestoreComplete;
        }
    }

    /// <summary>Makes one call. False if the owner refused a snapshot, or keeps none.</summary>
    private async Task<bool> CallAsync(OwnerCalls calls, OwnerCall call)
    {
        try
        {
            await calls.CallAsync(call, call.Kind == OwnerCallKind.RestoreComplete ? CancellationToken.None : cancellationToken);
            return true;
        }
        catch (ConnException e) when (OwnerCallRules.Of(call.Kind).RefusalCodes.Contains(e.Code))
        {
            return false;
        }
    }

    /// <summary>Whether a call has a use now: a restore gives its chain in order, and completes a drive only when all of it was given.</summary>
    private bool IsDue(OwnerCalls calls, OwnerCallKind call, DriveNumber drive) => call switch
    {
        OwnerCallKind.TerminateMultiStageOperation or OwnerCallKind.ResumeRestore => false,
        OwnerCallKind.ReceiveSnapshotData => _cursors[drive].Snapshot is { Length: > 1 },
        OwnerCallKind.AllSnapshotsSupplied or OwnerCallKind.Recover => subject.Drives.All(d => calls.LegalCalls(d).Contains(call)),
        OwnerCallKind.InitialiseRestoreIncrementData => _cursors[drive].HasMore,
        OwnerCallKind.PrepareRestore => !_cursors[drive].HasMore && calls.Prepares,
        OwnerCallKind.RestoreComplete => !_cursors[drive].HasMore && (!calls.Prepares || calls.StateOf(drive) != DriveState.RestoreDataDone),
        _ => true,
    };

    private OwnerCall Make(OwnerCallKind kind, DriveNumber drive)
    {
        Cursor cursor = _cursors[drive];
        cursor.Open(kind);
        byte[]? due = kind switch
        {
            OwnerCallKind.ReceiveSnapshotData => cursor.Snapshot,
            OwnerCallKind.RestoreBaseDataSection or OwnerCallKind.RestoreIncrementDataSection => cursor.Data,
            _ => null,
        };
        // Only a last section may be empty.
        bool last = due is not null && (random.Next(2) == 0 || cursor.IsAtEndOf(due));
        int bytes = last ? int.MaxValue : 1 + random.Next(kind == OwnerCallKind.ReceiveSnapshotData ? 20 : 700);
        return OwnerCall.On(kind, drive) with { Buffer = _buffer, Section = due is null ? default : cursor.Take(due, bytes), Last = last };
    }

    /// <summary>The position of a drive in the bytes that are due to it.</summary>
    private sealed class Cursor(IReadOnlyList<StoredStreams> chain, DriveNumber drive)
    {
        private int _link;
        private int _taken;

        public byte[]? Snapshot => chain[^1].Snapshots.TryGetValue(drive, out byte[]? snapshot) ? snapshot : null;

        public byte[] Data => chain[_link].Data[drive];

        public bool HasMore => _link + 1 < chain.Count;

        public bool IsCompleted { get; set; }

        /// <summary>Goes to the start of the data if the call opens a base, or the next increment.</summary>
        public void Open(OwnerCallKind call) => (_link, _taken) = call switch
        {
            OwnerCallKind.InitialiseRestoreBaseData => (0, 0),
            OwnerCallKind.InitialiseRestoreIncrementData => (_link + 1, 0),
            _ => (_link, _taken),
        };

        public bool IsAtEndOf(byte[] bytes) => _taken == bytes.Length;

        public byte[] Take(byte[] from, int most)
        {
            byte[] piece = from[_taken..(int)Math.Min(from.Length, (long)_taken + most)];
            _taken += piece.Length;
            return piece;
        }
    }
}
