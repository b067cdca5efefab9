using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;

namespace Conn.Testing.Owners;

/// <summary>Plays the engine for one owner: every call it makes is legal by the table, with sections cut as the test says.</summary>
/// <remarks>Buffers are handed out full of rubbish and spoiled after each call, so that an owner that keeps one is found.</remarks>
internal sealed partial class OwnerDriver(DataOwnerSubject subject, CancellationToken cancellationToken)
{
    private const byte Rubbish = 0xE5;

    private GuardedDataClient? _calls;

    /// <summary>The sections a backup offers, in bytes.</summary>
    public int BackupBytes { get; init; } = 4096;

    /// <summary>The sections a restore gives, in bytes.</summary>
    public int RestoreBytes { get; init; } = 1000;

    /// <summary>True when every stream of a restore ends with an empty last section.</summary>
    public bool EmptyLast { get; init; }

    /// <summary>False as while a decided restore of the owner still waits: an operation begins without recovery.</summary>
    public bool Recovers { get; init; } = true;

    /// <summary>Where the operation is broken off; the owner is left as it is then.</summary>
    public OwnerStep StopAt { get; init; }

    /// <summary>Called after every step of an operation; null for nothing.</summary>
    public Action<OwnerStep>? After { get; init; }

    /// <summary>True when an operation came as far as <see cref="StopAt"/>.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The guarded callbacks of the present operation.</summary>
    public GuardedDataClient Calls => _calls ?? Begin(restore: false);

    /// <summary>The owner's optional part of a restore, or null.</summary>
    public IRestorePrepare? Prepare => Calls.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) as IRestorePrepare;

    /// <summary>Starts an operation: every drive is fresh, and the owner is ready.</summary>
    public GuardedDataClient Begin(bool restore)
    {
        _calls = new GuardedDataClient(subject.Client);
        _calls.Begin(new CallbackMachine("under test", restore, () => DataOwnerStatus.Ready), subject.Drives);
        Stopped = false;
        return _calls;
    }

    /// <summary>Lets the owner go.</summary>
    public ValueTask TerminateAsync() => Calls.TerminateMultiStageOperationAsync(CancellationToken.None);

    private async Task RecoverAsync()
    {
        if (Recovers && Prepare is { } prepare)
        {
            await prepare.RecoverAsync(cancellationToken);
        }
    }

    private bool Stop(OwnerStep step)
    {
        After?.Invoke(step);
        return Stopped |= step == StopAt;
    }
}
