using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Testing.Owners;

/// <summary>An owner without data of its own: at each call it answers what it was told to, and counts what reaches it.</summary>
internal sealed class ToldOwner : IActiveBackupDataClient, IRestorePrepare
{
    private Action<bool>? _hanging;

    /// <summary>Calls that reached it.</summary>
    public int Calls { get; private set; }

    /// <summary>The bytes of the next section, or of the next token.</summary>
    public int Bytes { get; set; } = 1;

    /// <summary>True when the next call does not return until <see cref="EndLate"/>.</summary>
    public bool Hangs { get; set; }

    /// <summary>Whether the next section is the last.</summary>
    public bool Finished { get; set; }

    /// <summary>What the next call fails with; None for an answer.</summary>
    public ErrorCode Fails { get; set; }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => Answer();

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Answer();

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer(0L);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => Answer(new SectionResult(Bytes, Finished));

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => Answer(new SectionResult(Bytes, Finished));

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Answer();

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Answer();

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) => Answer();

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => Answer();

    public object? GetExtendedInterface(int uid) => uid == ExtendedInterfaces.RestorePrepare ? this : null;

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer(0u);

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => Answer<ReadOnlyMemory<byte>>(new byte[Bytes]);

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => Answer(true);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => Answer<IReadOnlyList<string>>([]);

    /// <summary>The call that hangs ends after all.</summary>
    public void EndLate(bool failed)
    {
        _hanging?.Invoke(failed);
        _hanging = null;
    }

    private async ValueTask Answer() => await Answer(true);

    private ValueTask<T> Answer<T>(T answer)
    {
        Calls++;
        if (!Hangs)
        {
            return Fails.IsNone ? new(answer) : throw new ConnException(Fails, "told to fail");
        }

        TaskCompletionSource<T> late = new();
        _hanging = failed =>
        {
            if (failed)
            {
                late.SetException(new ConnException(ErrorCode.General, "told to fail late"));
            }
            else
            {
                late.SetResult(answer);
            }
        };
        return new(late.Task);
    }
}
