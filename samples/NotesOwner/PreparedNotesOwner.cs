using System.IO.Hashing;
using Conn;
using Conn.ActiveBackup;

namespace NotesOwner;

/// <summary>The owner of the notes with a restore that survives the death of the process after its commit.</summary>
internal sealed class PreparedNotesOwner(string path) : NotesDataOwner(path), IRestorePrepare
{
    private const int NameBytes = 16, TokenBytes = 32;

    private readonly string _path = path;
    private byte[]? _prepared;

    public async ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        // By its first half another process finds the file, by its second half it sees that the file is not damaged.
        byte[] token = [.. Guid.NewGuid().ToByteArray(), .. XxHash128.Hash(Staged!)];
        await WriteAsync(FileOf(token, "prepared"), Staged!, cancellationToken);
        (_prepared, Staged) = (token, null);
        return token;
    }

    public async ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        byte[] bytes = token.Length == TokenBytes ? token.ToArray() : throw new ConnException(ErrorCode.Corrupt, "This is not a token of the notes.");
        _prepared = null;
        if (!File.Exists(FileOf(bytes, "prepared")))
        {
            // The file was renamed: RestoreComplete follows all the same, and finds nothing to do.
            return File.Exists(FileOf(bytes, "done")) ? false : throw new ConnException(ErrorCode.NotFound, "The prepared notes are gone.");
        }

        byte[] notes = await File.ReadAllBytesAsync(FileOf(bytes, "prepared"), cancellationToken);
        _prepared = XxHash128.Hash(notes).AsSpan().SequenceEqual(bytes.AsSpan(NameBytes)) ? bytes
            : throw new ConnException(ErrorCode.Corrupt, "The prepared notes are damaged.");
        return true;
    }

    public override async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        if (_prepared is { } token)
        {
            // First the mark by which a later Resume sees that nothing is left to do; it counts once the prepared file is gone.
            await WriteAsync(FileOf(token, "done"), [], cancellationToken);
            File.Move(FileOf(token, "prepared"), _path, overwrite: true);
            _prepared = null;
        }
    }

    // What is prepared stays on the disk: this process cannot know whether the restore is committed.
    public override ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        _prepared = null;
        return base.TerminateMultiStageOperationAsync(cancellationToken);
    }

    // What was committed was resumed before this call: marks are not needed any more. No callback says before that an operation ended well.
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        string[] prepared = Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + ".*.prepared");
        string[] done = Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + ".*.done");
        Array.ForEach([.. prepared, .. done], File.Delete);
        return new([.. prepared.Select(f => $"{f} was removed: its restore was never committed.")]);
    }

    private string FileOf(byte[] token, string kind) => $"{_path}.{new Guid(token.AsSpan(0, NameBytes)):N}.{kind}";
}
