using System.Security.Cryptography;
using Conn.ActiveBackup;

namespace Conn.DataOwners.Command;

/// <summary>One restore: its stream is staged in a file and checked, then the program stages it, and then the program puts it in place.</summary>
/// <remarks>
/// Invariant: the program is first started for a restore when its stream is complete and has the SHA-256 of the backup; the stage commit runs only for what is
/// recorded as prepared. What the program may have made is recorded before it is started, so that a later run discards it.
/// </remarks>
internal sealed class StagedRestore : IAsyncDisposable
{
    private const string Given = "given ";
    private const string Prepared = "prepared ";
    private const string Done = "done ";
    private const int BlockBytes = 64 << 10;

    private readonly CommandProgram _program;
    private readonly StageFolder _folder;
    private FileStream? _stream;
    private bool _isDone;
    private bool _isKept;

    private StagedRestore(CommandProgram program, StageFolder folder) => (_program, _folder) = (program, folder);

    public static StagedRestore Create(CommandProgram program)
    {
        StageFolder folder = StageFolder.Create(program.Options);
        return new StagedRestore(program, folder)
        {
            _stream = new FileStream(PrivateFile.Create(folder.StreamPath), FileAccess.ReadWrite, BlockBytes),
        };
    }

    /// <summary>Takes up what an earlier process has prepared.</summary>
    /// <returns>The restore; whether something is left to put in place.</returns>
    /// <exception cref="ConnException">NotFound or Corrupt: it is neither prepared nor in place. InUse: another process has it.</exception>
    public static (StagedRestore Restore, bool IsLeft) Resume(CommandProgram program, ReadOnlySpan<byte> token)
    {
        if (token.Length != StageFolder.IdBytes + SHA256.HashSizeInBytes)
        {
            throw program.Failure(ErrorCode.Corrupt, CommandStage.Commit, $"has a token of {token.Length} bytes, which it did not make; restore again");
        }

        string path = StageFolder.PathOf(program.Options, token[..StageFolder.IdBytes]);
        if (!File.Exists(Path.Combine(path, "state")))
        {
            throw Gone(program);
        }

        StageFolder.RequireRoot(program.Options.StagingFolder!);
        StageFolder folder = StageFolder.TryTake(path) ?? throw program.Failure(
            ErrorCode.InUse, CommandStage.Commit, $"cannot run: {path} is held by another process. Let its restore end, then try again");
        string state = folder.ReadState();
        string hash = Convert.ToHexStringLower(token[StageFolder.IdBytes..]);
        if (state != Prepared + hash && state != Done + hash)
        {
            folder.Dispose();
            throw Gone(program);
        }

        bool isDone = state.StartsWith(Done, StringComparison.Ordinal);
        return (new StagedRestore(program, folder) { _isKept = true, _isDone = isDone }, !isDone);
    }

    /// <summary>Removes what restores that were not committed have left, and what is in place and only recorded.</summary>
    /// <returns>One sentence for each that was removed, or could not be.</returns>
    public static async Task<IReadOnlyList<string>> RecoverAsync(CommandProgram program, CancellationToken cancellationToken)
    {
        List<string> notes = [];
        foreach (string path in StageFolder.All(program.Options))
        {
            try
            {
                using StageFolder? folder = StageFolder.TryTake(path);
                if (folder is not null)
                {
                    await RemoveAsync(program, folder, notes, cancellationToken);
                }
            }
            catch (IOException e) when (FileFaults.Of(e) == FileFault.NotFound)
            {
                RemoveEmpty(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConnException)
            {
                notes.Add($"What an interrupted restore has staged in {path} could not be removed: {e.Message}");
            }
        }

        return notes;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        await _stream!.WriteAsync(section, cancellationToken);
        if (last)
        {
            await HashTrailer.CheckAsync(_stream, _program.Options.Name, cancellationToken);
        }
    }

    /// <summary>Lets the program stage the stream, and makes what it staged durable.</summary>
    /// <returns>The token.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareAsync(Action progress, CancellationToken cancellationToken)
    {
        _stream!.Position = 0;
        byte[] hash = await SHA256.HashDataAsync(_stream, cancellationToken);
        string text = Convert.ToHexStringLower(hash);
        _folder.WriteState(Given + text);
        _isKept = true;
        await FeedAsync(progress, cancellationToken);
        await _stream.DisposeAsync();
        File.Delete(_folder.StreamPath);
        _folder.Flush();
        _folder.WriteState(Prepared + text);
        return (byte[])[.. _folder.Id, .. hash];
    }

    /// <summary>Lets the program put it in place. Does nothing the second time.</summary>
    public async ValueTask CompleteAsync()
    {
        if (_isDone)
        {
            return;
        }

        await CommandRun.RunAsync(_program, CommandStage.Commit, _folder.Staging, CancellationToken.None);
        _folder.WriteState(Done + _folder.ReadState()[Prepared.Length..]);
        _isDone = true;
        _folder.Clear();
    }

    /// <summary>Releases it. What the program was not started for is removed; the rest stays for Resume or Recover.</summary>
    public async ValueTask DisposeAsync()
    {
        await (_stream?.DisposeAsync() ?? default);
        if (_isKept)
        {
            _folder.Dispose();
        }
        else
        {
            _folder.Delete();
        }
    }

    private static async Task RemoveAsync(CommandProgram program, StageFolder folder, List<string> notes, CancellationToken cancellationToken)
    {
        string state = folder.ReadState();
        bool wasGiven = state.Length > 0 && !state.StartsWith(Done, StringComparison.Ordinal);
        if (wasGiven && program.Options.Discards)
        {
            await CommandRun.RunAsync(program, CommandStage.Discard, folder.Staging, cancellationToken);
        }

        folder.Delete();
        if (wasGiven)
        {
            notes.Add($"What an interrupted restore had staged in {folder.FullPath} was removed; nothing of it had been put in place.");
        }
    }

    /// <summary>Of a process that ended before it had the lock, or of one that is just making it: then it makes another.</summary>
    private static void RemoveEmpty(string path)
    {
        try
        {
            System.IO.Directory.Delete(path);
        }
        catch (IOException)
        {
            // Not empty: being made or removed by another process.
            return;
        }
    }

    private static ConnException Gone(CommandProgram program) =>
        program.Failure(ErrorCode.NotFound, CommandStage.Commit, "cannot run: what was prepared for it is gone or changed; restore again");

    private async Task FeedAsync(Action progress, CancellationToken cancellationToken)
    {
        _stream!.Position = 0;
        await using CommandRun run = new(_program, CommandStage.Restore, _folder.Staging, _program.Options.StageTimeout);
        byte[] block = new byte[BlockBytes];
        int bytes;
        bool isTaken = true;
        while (isTaken && (bytes = await _stream.ReadAsync(block, cancellationToken)) > 0)
        {
            isTaken = await run.WriteAsync(block.AsMemory(0, bytes), cancellationToken);
            progress();
        }

        run.CloseInput();
        await run.EndAsync(cancellationToken);
        if (!isTaken)
        {
            throw _program.Failure(ErrorCode.General, CommandStage.Restore, "ended with 0 before it had read all of its input, so it cannot have restored it");
        }
    }
}
