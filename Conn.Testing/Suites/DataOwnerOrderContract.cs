#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Every order that the rules allow, calls made twice, and operations begun again. Part of <see cref="DataOwnerContract"/>.</summary>
public abstract class DataOwnerOrderContract : DataOwnerEndingContract
{
    public static TheoryData<int> Walks => [.. Enumerable.Range(1, 12)];

    /// <summary>The rules allow this backup, but no engine makes it: sizes and checksums at any time, drives in any order, an end at any step.</summary>
    [Theory]
    [MemberData(nameof(Walks))]
    public async Task Any_legal_order_of_a_backup_changes_nothing_and_the_owner_goes_on(int seed)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(seed);
        string before = subject.Image();

        OwnerWalk walk = new(subject, restore: false, new Random(seed), Token);
        await walk.GoAsync(parent.Chain, steps: 60);
        await walk.TerminateAsync();

        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    /// <summary>The rules allow this restore: with a snapshot or without, prepared or not, completed once, more often, or not at all.</summary>
    [Theory]
    [MemberData(nameof(Walks))]
    public async Task Any_legal_order_of_a_restore_ends_with_the_old_data_or_the_restored(int seed)
    {
        await using TestedOwner subject = await OpenAsync("A drive has its restored data after RestoreComplete, and its old data without it.");
        StoredStreams last = await ChainAsync(subject, seed % 3);
        Dictionary<DriveNumber, string> restored = subject.Drives.ToDictionary(d => d, subject.Image);
        subject.Change(50 + seed);
        Dictionary<DriveNumber, string> before = subject.Drives.ToDictionary(d => d, subject.Image);

        OwnerWalk walk = new(subject, restore: true, new Random(seed), Token);
        await walk.GoAsync(last.Chain, steps: 80);
        await walk.TerminateAsync();

        foreach (DriveNumber drive in subject.Drives)
        {
            subject.MustBe(walk.IsCompleted(drive) ? restored[drive] : before[drive], drive, walk.IsCompleted(drive));
        }

        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    [Fact]
    public async Task Size_asked_twice_and_checksum_asked_twice_are_the_same_and_disturb_nothing()
    {
        await using TestedOwner subject = await OpenAsync("Questions about size and checksum change nothing.");
        OwnerDriver driver = Driver(subject);
        long[] once = await NumbersAsync(driver, OwnerCallKind.GetDataChecksum, subject);
        long[] twice = await NumbersAsync(driver, OwnerCallKind.GetDataChecksum, subject);
        await driver.CallAsync(OwnerCall.AllSnapshotsSupplied());
        long[] size = await NumbersAsync(driver, OwnerCallKind.GetExpectedDataSize, subject);
        long[] sizeAgain = await NumbersAsync(driver, OwnerCallKind.GetExpectedDataSize, subject);

        await driver.TerminateAsync();

        subject.Must(once.SequenceEqual(twice), "GetDataChecksum returned another number for the same data");
        subject.Must(size.SequenceEqual(sizeAgain), "GetExpectedDataSize returned another number for the same data");
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    /// <summary>A call that is legal only once is refused the second time and does not reach the owner: the open stream is not disturbed.</summary>
    [Theory]
    [InlineData(OwnerStep.AllSupplied)]
    [InlineData(OwnerStep.DataOpened)]
    [InlineData(OwnerStep.SectionTaken)]
    [InlineData(OwnerStep.DataTaken)]
    public async Task A_call_made_twice_does_not_disturb_what_is_under_way(OwnerStep step)
    {
        await using TestedOwner subject = await OpenAsync();
        OwnerDriver driver = null!;
        int refused = 0;
        driver = new OwnerDriver(subject, Token)
        {
            BackupBytes = 64, After = s =>
            {
                if (s == step)
                {
                    // While a stream is open, no drive can be opened; a drive whose data has ended cannot be opened again.
                    Assert.True(IsRefused(driver, OwnerCall.AllSnapshotsSupplied()));
                    Assert.All(s is OwnerStep.DataOpened or OwnerStep.SectionTaken ? subject.Drives.ToArray() : [],
                        d => Assert.True(IsRefused(driver, OwnerCall.On(OwnerCallKind.InitialiseGetBackupData, d))));
                    refused++;
                }
            },
        };

        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        Assert.True(refused > 0);
        await RestoreAsync(subject, stored);
    }

    /// <summary>An engine terminates the owner and begins again on the same connection when the owner cannot use a snapshot.</summary>
    [Theory]
    [InlineData(OwnerStep.SnapshotGiven)]
    [InlineData(OwnerStep.AllSupplied)]
    [InlineData(OwnerStep.SectionTaken)]
    [InlineData(OwnerStep.SnapshotPieceTaken)]
    public async Task A_backup_begun_again_after_Terminate_starts_from_the_beginning(OwnerStep step)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver first = new(subject, Token) { StopAt = step, BackupBytes = 64, RestoreBytes = 5 };
        _ = await first.BackupAsync(parent);
        await first.TerminateAsync();

        StoredStreams again = await BackupAsync(subject);
        subject.Change(2);

        await RestoreAsync(subject, again);
    }

    /// <summary>The optional interfaces may be asked for at any time, also while a stream is open.</summary>
    [Fact]
    public async Task Asking_for_optional_interfaces_between_any_two_calls_changes_nothing()
    {
        await using TestedOwner subject = await OpenAsync("GetExtendedInterface always returns the same and changes nothing.");
        bool prepares = subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is not null;
        void Look(OwnerStep step)
        {
            bool preparesNow = subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is not null;
            subject.Must(prepares == preparesNow, "GetExtendedInterface returns IRestorePrepare at one time only");
            subject.Must(subject.Client.GetExtendedInterface(0x7FFFFFFF) is null, "GetExtendedInterface returns an object for a number that has no interface");
        }

        OwnerDriver driver = new(subject, Token) { After = Look, BackupBytes = 512, RestoreBytes = 700 };
        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        await RestoreAsync(subject, stored, driver);
    }

    /// <summary>A refused call completes at once.</summary>
    private static bool IsRefused(OwnerDriver driver, OwnerCall call) =>
        driver.IsRefusedAsync(call).AsTask() is { IsCompletedSuccessfully: true, Result: true };

    private protected static async Task<long[]> NumbersAsync(OwnerDriver driver, OwnerCallKind kind, TestedOwner subject)
    {
        List<long> numbers = [];
        foreach (DriveNumber drive in subject.Drives)
        {
            numbers.Add((await driver.CallAsync(OwnerCall.On(kind, drive))).Number);
        }

        return [.. numbers];
    }
}
