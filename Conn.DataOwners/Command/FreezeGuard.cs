namespace Conn.DataOwners.Command;

/// <summary>Runs freeze and thaw. Invariant: once a freeze was begun, thaw runs until it has succeeded: at the end of the operation, however it ends, else at
/// the beginning of the next one.</summary>
/// <remarks>A marker file beside the staging folders, locked while this process lives, says that a freeze was begun.</remarks>
internal sealed class FreezeGuard(CommandProgram program) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1); // one freeze or thaw at a time; guards _marker
    private FileLock? _marker;

    private string MarkerPath => Path.Combine(program.Options.StagingFolder!, $"{StageFolder.PrefixOf(program.Options)}frozen");

    /// <exception cref="ConnException">It did not succeed; thaw must follow. InUse: another process has frozen it.</exception>
    public async ValueTask FreezeAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ThawWithinAsync();
            StageFolder.RequireRoot(program.Options.StagingFolder!);
            _marker = (File.Exists(MarkerPath) ? FileLock.TryTake(MarkerPath) : FileLock.TryCreate(MarkerPath)) ?? throw program.Failure(
                ErrorCode.InUse, CommandStage.Freeze, "cannot run: another process has frozen it. Let its backup end, then try again");
            await CommandRun.RunAsync(program, CommandStage.Freeze, null, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Thaws what this process has begun to freeze; does nothing otherwise.</summary>
    /// <exception cref="ConnException">It did not succeed. The next operation tries again.</exception>
    public async ValueTask ThawAsync()
    {
        await _one.WaitAsync();
        try
        {
            await ThawWithinAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Thaws what an earlier process has left frozen.</summary>
    /// <returns>A sentence, or null when there was nothing.</returns>
    public async ValueTask<string?> RecoverAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_marker is null && File.Exists(MarkerPath))
            {
                _marker = FileLock.TryTake(MarkerPath);
            }

            if (_marker is null)
            {
                return null;
            }

            await ThawWithinAsync();
            return $"{program.Options.Program} was still frozen by an earlier backup, and was thawed.";
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Leaves what could not be thawed to the next process.</summary>
    /// <remarks>The semaphore stays: a late thaw may still come for it, and it holds nothing while its wait handle is not used.</remarks>
    public void Dispose() => Interlocked.Exchange(ref _marker, null)?.Dispose();

    private async ValueTask ThawWithinAsync()
    {
        if (_marker is null)
        {
            return;
        }

        await CommandRun.RunAsync(program, CommandStage.Thaw, null, CancellationToken.None);
        File.Delete(MarkerPath);
        _marker.Dispose();
        _marker = null;
    }
}
