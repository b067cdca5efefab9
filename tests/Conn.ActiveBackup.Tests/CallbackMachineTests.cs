using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using CsCheck;
using Xunit;

namespace Conn.ActiveBackup.Tests;

public sealed class CallbackMachineTests
{
    private static readonly DriveKey C = new(DriveNumber.C);
    private static readonly DriveKey E = new(DriveNumber.FromLetter('E'));

    [Fact]
    public void Data_is_not_asked_of_an_owner_that_has_not_confirmed()
    {
        CallbackMachine machine = new("one", false, () => DataOwnerStatus.NotReady);
        machine.FireAll([DriveNumber.C], CallbackEvent.AllSnapshotsSupplied);

        IllegalEventException refused = Assert.Throws<IllegalEventException>(() => machine.Check(C, CallbackEvent.InitialiseGetBackupData));

        Assert.Contains("NotReady", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Terminate_ends_also_the_drives_on_which_nothing_has_happened()
    {
        CallbackMachine machine = new("one", true, () => DataOwnerStatus.Ready);
        machine.Fire(C, CallbackEvent.InitialiseRestoreBaseData);

        machine.Terminate();

        Assert.Equal((DriveState.Terminated, DriveState.Terminated), (machine.StateOf(C), machine.StateOf(E)));
        Assert.Throws<IllegalEventException>(() => machine.Check(E, CallbackEvent.InitialiseRestoreBaseData));
    }

    [Fact]
    public void A_second_drive_cannot_open_a_stream_while_one_is_open()
    {
        CallbackMachine machine = new("one", false, () => DataOwnerStatus.Ready);
        machine.FireAll([DriveNumber.C, E.Drive], CallbackEvent.AllSnapshotsSupplied);
        machine.Fire(C, CallbackEvent.InitialiseGetBackupData);

        IllegalEventException refused = Assert.Throws<IllegalEventException>(() => machine.Check(E, CallbackEvent.InitialiseGetBackupData));

        Assert.Contains("drive C has a stream open", refused.Message, StringComparison.Ordinal);
        machine.Fire(C, CallbackEvent.BackupDataFinished);
        machine.Check(E, CallbackEvent.InitialiseGetBackupData);
    }

    [Fact]
    public void All_snapshots_supplied_moves_every_drive_or_none()
    {
        CallbackMachine machine = new("one", false, () => DataOwnerStatus.Ready);
        machine.Fire(E, CallbackEvent.ReceiveSnapshotData);

        Assert.Throws<IllegalEventException>(() => machine.FireAll([DriveNumber.C, E.Drive], CallbackEvent.AllSnapshotsSupplied));

        Assert.Equal((DriveState.BackupFresh, DriveState.BackupSnapshotOpen), (machine.StateOf(C), machine.StateOf(E)));
    }

    [Fact]
    public void Whatever_is_asked_at_most_one_stream_is_open() => Gen.Select(Gen.Bool, Gen.Select(Gen.Bool, Gen.Enum<CallbackEvent>()).Array[0, 60]).Sample((restore, events) =>
    {
        CallbackMachine machine = new("one", restore, () => DataOwnerStatus.Ready);
        foreach ((bool first, CallbackEvent step) in events)
        {
            DriveKey drive = first ? C : E;
            DriveState before = machine.StateOf(drive);
            try
            {
                machine.Fire(drive, step);
            }
            catch (IllegalEventException)
            {
                Assert.Equal(before, machine.StateOf(drive));
            }

            Assert.False(CallbackTable.IsOpen(machine.StateOf(C)) && CallbackTable.IsOpen(machine.StateOf(E)), $"two streams open after {step}");
        }
    });
}
