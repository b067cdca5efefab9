using System.IO.Hashing;
using Conn;
using Conn.ActiveBackup;

namespace NotesOwner;

/// <summary>The data owner of a small notes program: one file, handed over as a base, or as an increment that is empty when nothing changed.</summary>
internal sealed class NotesDataOwner(string path) : IActiveBackupDataClient
{
    private byte[]? _oldSnapshot, _staged;
    private byte[] _newSnapshot = [], _stream = [];

    // Backup: an old snapshot may come first; then the data is asked for, then the new snapshot.
    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        _oldSnapshot = [.. _oldSnapshot ?? [], .. section.Span];
        return default;
    }
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;
    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(Notes().Length);
    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        byte[] notes = Notes();
        _newSnapshot = XxHash128.Hash(notes);
        // Every stream begins with the hash of the notes, by which a restore detects damage. If the notes are those of the last backup, nothing follows.
        _stream = _oldSnapshot.AsSpan().SequenceEqual(_newSnapshot) ? [.. _newSnapshot] : [.. _newSnapshot, .. notes];
        _oldSnapshot = null;
        return default;
    }
    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => new(Take(ref _stream, buffer));
    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => new(Take(ref _newSnapshot, buffer));

    // Restore: everything is kept aside until RestoreComplete, which may come twice.
    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        (_stream, _oldSnapshot, _staged) = ([], null, null);
        return default;
    }
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Stage(section, last);
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _stream = [];
        return default;
    }
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Stage(section, last);
    public async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (_staged is { } notes)
        {
            // Written through: FileStream.Flush(true) would not report an error of the device.
            await using (FileStream file = new(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.WriteThrough))
            {
                await file.WriteAsync(notes, cancellationToken);
            }

            File.Move(path + ".new", path, overwrite: true);
            _staged = null;
        }
    }

    // Whatever is open ends; the file was not touched.
    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        (_oldSnapshot, _newSnapshot, _stream, _staged) = (null, [], [], null);
        return default;
    }
    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => new(XxHash32.HashToUInt32(Notes()));

    private byte[] Notes() => File.Exists(path) ? File.ReadAllBytes(path) : [];
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
            byte[][] notes = [_stream[hash..], _staged ?? []];
            _staged = Array.Find(notes, n => XxHash128.Hash(n).AsSpan().SequenceEqual(_stream.AsSpan(0, hash)))
                ?? throw new ConnException(ErrorCode.Corrupt, "The notes of this backup are damaged, or do not continue those before: their hash is another one.");
        }

        return default;
    }
}
