
namespace Conn.DataOwners.Sqlite;

/// <summary>The restore side of one operation: streams into a staged file, checks, then in place. Before <see cref="Complete"/> the target is as it
/// was.</summary>
internal sealed class SqliteRestore(SqliteOwnerOptions options, RemarkList remarks) : IDisposable
{
    private StagedFile? _staged;
    private RestoreStream? _stream;
    private StagedState? _state;
    private TargetWrite? _write;
    private RestoreToken? _token;
    private bool _prepared;
    private bool _moved;
    private bool _done;

    private bool TargetExists => File.Exists(options.DatabasePath);

    public void Plan(long expectedBytes, CancellationToken cancellationToken) =>
        RestorePlanning.Check(options, expectedBytes, cancellationToken);

    public void OpenBase(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Dispose();
        RestorePlanning.CheckPlace(options);
        _staged = StagedFile.Create(options);
        _stream = new RestoreStream(_staged.File, parent: null, incrementSlot: false);
    }

    public void OpenIncrement()
    {
        if (_staged is null || _state is null || _prepared || _stream is not null)
        {
            throw new ConnException(ErrorCode.NotReady, $"An increment of {options.Name} was given, and its base has not been restored to the end.");
        }

        _stream = new RestoreStream(_staged.File, _state, incrementSlot: true);
    }

    public void Write(ReadOnlySpan<byte> section, bool last)
    {
        if (_stream is null)
        {
            throw new ConnException(ErrorCode.NotReady, $"A section of {options.Name} was given, and no restore stream is open.");
        }

        _stream.Accept(section, last);
        if (last)
        {
            _state = _stream.Result;
            _stream = null;
        }
    }

    public ReadOnlyMemory<byte> Prepare(CancellationToken cancellationToken)
    {
        if (_staged is null || _state is null || _stream is not null || _prepared)
        {
            throw new ConnException(ErrorCode.NotReady, $"Owner {options.Name} was asked to prepare, and its streams have not all ended, or it is prepared already.");
        }

        byte[] content = _staged.Verify(_state, options.Progress, cancellationToken);
        using (Database copy = Database.OpenImmutable(_staged.FullPath, "the staged copy of " + Path.GetFileName(options.DatabasePath)))
        {
            copy.CheckWhole("integrity_check", remarks, options.Progress, cancellationToken);
        }

        bool intoLive = options.InPlace && TargetExists;
        if (!intoLive)
        {
            RestorePlanning.CheckPlace(options);
        }

        MakeDurable(_staged);
        if (intoLive)
        {
            _write = TargetWrite.Begin(options, _staged, _state, cancellationToken);
        }

        _prepared = true;
        _token = new RestoreToken(Path.GetFileName(_staged.FullPath), intoLive, _state, content, _write?.SchemaVersion ?? 0);
        return _token.ToBytes();
    }

    public bool Resume(ReadOnlySpan<byte> tokenBytes, CancellationToken cancellationToken)
    {
        RestoreToken token = RestoreToken.Parse(tokenBytes, options.Name);
        LetGo();
        Reset();
        _token = token;
        _state = token.State;
        _staged = StagedFile.Find(Path.Combine(Path.GetDirectoryName(options.DatabasePath)!, token.StagedName));
        _prepared = true;
        _done = new CommitEvidence(options, remarks, token).IsInPlace(_staged, cancellationToken);
        if (_done)
        {
            return false;
        }

        _ = _staged!.Verify(token.State, options.Progress, cancellationToken);
        if (options.InPlace && TargetExists)
        {
            _write = TargetWrite.Begin(options, _staged, _state, cancellationToken);
            remarks.Note($"{options.DatabasePath} is replaced by the restored state that was committed before. What was written to it since is not kept.");
        }

        return true;
    }

    public void Complete()
    {
        if (_done)
        {
            return;
        }

        if (!_prepared || _staged is null || _state is null)
        {
            throw new ConnException(ErrorCode.NotReady, $"Owner {options.Name} was asked to complete a restore that was neither prepared nor resumed.");
        }

        if (_write is null && options.InPlace && TargetExists)
        {
            // The file appeared after Prepare, or an earlier attempt failed: the same transaction, begun now, unless that attempt counts.
            _done = new CommitEvidence(options, remarks, _token!).IsInPlace(_staged, CancellationToken.None);
            if (_done)
            {
                return;
            }

            _write = TargetWrite.Begin(options, _staged, _state, CancellationToken.None);
        }

        if (_write is null)
        {
            PutInPlace(_staged, _state);
        }
        else
        {
            CommitLive(_write, _staged);
        }

        // Now, because the owner may live on for months; whoever resumes this restore sees by the database that it is in place.
        _done = true;
        DeleteStaged(_staged);
        _staged = null;
    }

    /// <summary>Ends everything. A staged file that is prepared and not in place stays until it is resumed or recovered: only it can roll the owner
    /// forward.</summary>
    public void Dispose()
    {
        LetGo();
        if (_staged is not null && (_done || !_prepared))
        {
            DeleteStaged(_staged);
        }

        Reset();
    }

    /// <summary>What cannot be removed is removed by the next recovery; the restore is what it is.</summary>
    private void DeleteStaged(StagedFile staged)
    {
        try
        {
            staged.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            remarks.Note($"The staged file {staged.FullPath} could not be removed: {e.Message}");
        }
    }

    private static void MakeDurable(StagedFile staged)
    {
        DeviceFlush.File(staged.File, staged.FullPath);
        DeviceFlush.Folder(Path.GetDirectoryName(staged.FullPath)!);
    }

    /// <summary>Stored pages say rollback journal; a new file opens in the mode the source had, while a live target keeps its own.</summary>
    private static void SetJournalMode(StagedFile staged)
    {
        byte[] header = new byte[PageOne.HeaderBytes];
        _ = RandomAccess.Read(staged.File, header, 0);
        PageOne.SetWal(header, wal: true);
        RandomAccess.Write(staged.File, header, 0);
    }

    private void PutInPlace(StagedFile staged, StagedState state)
    {
        if (_moved)
        {
            throw new ConnException(
                ErrorCode.General,
                $"{options.DatabasePath} is in place, and the flush of its folder failed: whether it is durable is unknown. The next run looks again.");
        }

        RestorePlanning.CheckPlace(options);
        if (!OperatingSystem.IsWindows() && state.UnixMode != 0)
        {
            File.SetUnixFileMode(staged.File, (UnixFileMode)state.UnixMode);
        }

        if (state.Wal)
        {
            SetJournalMode(staged);
        }

        DeviceFlush.File(staged.File, staged.FullPath);
        staged.Dispose();
        File.Move(staged.FullPath, options.DatabasePath, overwrite: false);
        _moved = true;
        DeviceFlush.Folder(Path.GetDirectoryName(options.DatabasePath)!);
    }

    /// <summary>A failure of the commit itself does not say whether the transaction counts, or will after a power loss. It is reported, and the next attempt
    /// asks
    /// the database.</summary>
    private void CommitLive(TargetWrite write, StagedFile staged)
    {
        try
        {
            CommitMark.Write(staged.FullPath, write.SchemaVersion);
            write.Commit(remarks);
        }
        finally
        {
            write.Dispose();
            _write = null;
        }

        staged.MarkInPlace(remarks);
    }

    private void LetGo()
    {
        _stream = null;
        _write?.Dispose();
        _write = null;
        _staged?.Dispose();
    }

    private void Reset()
    {
        _staged = null;
        _state = null;
        _token = null;
        _prepared = false;
        _moved = false;
        _done = false;
    }
}
