using System.IO.Hashing;
using Conn;
using Conn.ActiveBackup;

namespace NotesOwner;

/// <summary>The data owner of a small notes program: one file, handed over as a base, or as an increment that is empty when nothing changed.</summary>
internal class NotesDataOwner(string path) : DataOwner("notes")
{
    private byte[]? _oldSnapshot;
    private byte[] _newSnapshot = [], _stream = [];

    public override DataOwnerRegistration Registration => base.Registration with { SupportsIncremental = true };

    /// <summary>The notes that a restore was given and that are not in place.</summary>
    protected byte[]? Staged { get; set; }

    // Backup: an old snapshot may come first; then the data is requested, then the new snapshot.
    public override ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        _oldSnapshot = [.. _oldSnapshot ?? [], .. section.Span];
        return default;
    }

    public override ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        byte[] notes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        _newSnapshot = XxHash128.Hash(notes);
        // Every stream begins with the hash of the notes, by which a restore detects damage. If the notes are those of the last backup, nothing follows.
        _stream = _oldSnapshot.AsSpan().SequenceEqual(_newSnapshot) ? [.. _newSnapshot] : [.. _newSnapshot, .. notes];
        _oldSnapshot = null;
        return default;
    }

    public override ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(Take(ref _stream, buffer));

    public override ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(Take(ref _newSnapshot, buffer));

    // Restore: the base, then each increment. Everything is kept aside until RestoreComplete, which may come twice.
    public override ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        (_stream, _oldSnapshot, Staged) = ([], null, null);
        return default;
    }

    public override ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Stage(section, last);

    public override ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _stream = [];
        return default;
    }

    public override ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Stage(section, last);

    public override async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (Staged is { } notes)
        {
            await WriteAsync(path + ".new", notes, cancellationToken);
            File.Move(path + ".new", path, overwrite: true);
            Staged = null;
        }
    }

    // Whatever is open ends; the file was not touched.
    public override ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        (_oldSnapshot, _newSnapshot, _stream, Staged) = (null, [], [], null);
        return default;
    }

    /// <summary>Writes a file through to the device: FileStream.Flush(true) would not report an error of the device.</summary>
    protected static async ValueTask WriteAsync(string file, byte[] bytes, CancellationToken cancellationToken)
    {
        await using FileStream stream = new(file, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.WriteThrough);
        await stream.WriteAsync(bytes, cancellationToken);
    }

    private static SectionResult Take(ref byte[] from, Memory<byte> buffer)
    {
        int bytes = Math.Min(buffer.Length, from.Length);
        from.AsSpan(0, bytes).CopyTo(buffer.Span);
        from = from[bytes..];
        return new SectionResult(bytes, from.Length == 0);
    }

    private ValueTask Stage(ReadOnlyMemory<byte> section, bool last)
    {
        _stream = [.. _stream, .. section.Span];
        if (last)
        {
            // What follows the hash is the notes; if nothing changed, they are those that were staged before.
            int hash = Math.Min(XxHash128.Hash([]).Length, _stream.Length);
            byte[][] notes = [_stream[hash..], Staged ?? []];
            Staged = Array.Find(notes, n => XxHash128.Hash(n).AsSpan().SequenceEqual(_stream.AsSpan(0, hash)))
                ?? throw new ConnException(ErrorCode.Corrupt, "The notes of this backup are damaged, or do not continue those before.");
            _stream = [];
        }

        return default;
    }
}
