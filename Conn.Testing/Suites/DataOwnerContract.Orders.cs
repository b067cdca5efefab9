#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Every order that the table allows, calls made twice, and operations entered again.</summary>
public abstract partial class DataOwnerContract
{
    public static TheoryData<int> Walks => [.. Enumerable.Range(1, 12)];

    /// <summary>A backup as the table allows it and no engine makes it: questions between, drives in any order, snapshots for some, ends anywhere.</summary>
    [Theory]
    [MemberData(nameof(Walks))]
    public async Task Any_legal_order_of_a_backup_changes_nothing_and_the_owner_goes_on(int seed)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(seed);
        string before = subject.Image();

        OwnerWalk walk = new(subject, restore: false, new Random(seed), Token);
        await walk.GoAsync([parent], steps: 60);
        await walk.TerminateAsync();

        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
        await WorksAsync(subject);
    }

    /// <summary>A restore as the table allows it: with a snapshot or without, prepared or not, completed once, more often, or not at all.</summary>
    [Theory]
    [MemberData(nameof(Walks))]
    public async Task Any_legal_order_of_a_restore_ends_with_the_old_data_or_the_restored(int seed)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, seed % 3);
        Dictionary<DriveNumber, string> restored = subject.Drives.ToDictionary(d => d, subject.Image);
        subject.Change(50 + seed);
        Dictionary<DriveNumber, string> before = subject.Drives.ToDictionary(d => d, subject.Image);

        OwnerWalk walk = new(subject, restore: true, new Random(seed), Token);
        await walk.GoAsync(chain, steps: 80);
        await walk.TerminateAsync();

        Assert.All(subject.Drives, d => Assert.Equal(walk.IsCompleted(d) ? restored[d] : before[d], subject.Image(d)));
        HoldsNothing(subject);
        await WorksAsync(subject);
    }

    [Fact]
    public async Task Size_asked_twice_and_checksum_asked_twice_are_the_same_and_disturb_nothing()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        OwnerDriver driver = Driver(subject);
        GuardedDataClient calls = driver.Begin(restore: false);
        List<uint> sums = [.. await SumsAsync(calls, subject), .. await SumsAsync(calls, subject)];
        await calls.AllSnapshotsSuppliedAsync(Token);
        foreach (DriveNumber drive in subject.Drives)
        {
            Assert.Equal(await calls.GetExpectedDataSizeAsync(drive, Token), await calls.GetExpectedDataSizeAsync(drive, Token));
        }

        await driver.TerminateAsync();

        Assert.Equal(sums[..(sums.Count / 2)], sums[(sums.Count / 2)..]);
        HoldsNothing(subject);
        await WorksAsync(subject);
    }

    /// <summary>A call made twice that is legal only once stops at the guard: the stream under way is not disturbed.</summary>
    [Theory]
    [InlineData(OwnerStep.AllSupplied)]
    [InlineData(OwnerStep.DataOpened)]
    [InlineData(OwnerStep.SectionTaken)]
    [InlineData(OwnerStep.DataTaken)]
    public async Task A_call_made_twice_does_not_disturb_what_is_under_way(OwnerStep step)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        OwnerDriver driver = null!;
        int refused = 0;
        driver = new OwnerDriver(subject, Token)
        {
            BackupBytes = 64, After = s =>
            {
                if (s == step)
                {
                    // A drive whose data has ended can be opened no more, and others not while one is open.
                    Assert.True(IsRefused(driver.Calls.AllSnapshotsSuppliedAsync(Token)));
                    Assert.All(s is OwnerStep.DataOpened or OwnerStep.SectionTaken ? subject.Drives.ToArray() : [],
                        d => Assert.True(IsRefused(driver.Calls.InitialiseGetBackupDataAsync(d, Token))));
                    refused++;
                }
            },
        };

        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        Assert.True(refused > 0);
        await RestoreAsync(subject, [stored]);
    }

    /// <summary>The engine comes again on the same connection, without a word to the owner, when a snapshot was of no use.</summary>
    [Theory]
    [InlineData(OwnerStep.SnapshotGiven)]
    [InlineData(OwnerStep.AllSupplied)]
    [InlineData(OwnerStep.SectionTaken)]
    [InlineData(OwnerStep.SnapshotPieceTaken)]
    public async Task A_backup_entered_again_after_Terminate_starts_afresh(OwnerStep step)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver first = new(subject, Token) { StopAt = step, BackupBytes = 64, RestoreBytes = 5 };
        _ = await first.BackupAsync(parent);
        await first.TerminateAsync();

        StoredStreams again = await BackupAsync(subject);
        subject.Change(2);

        Assert.False(again.IsIncrement);
        await RestoreAsync(subject, [again]);
    }

    /// <summary>While a stream is open the owner may be asked what it is and can do.</summary>
    [Fact]
    public async Task Looking_at_the_owner_between_any_two_calls_changes_nothing()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        bool prepares = subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is not null;
        void Look(OwnerStep step)
        {
            Assert.Equal(prepares, subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is not null);
            Assert.Null(subject.Client.GetExtendedInterface(0x7FFFFFFF));
        }

        OwnerDriver driver = new(subject, Token) { After = Look, BackupBytes = 512, RestoreBytes = 700 };
        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        await RestoreAsync(subject, [stored], driver);
    }

    private static bool IsRefused(ValueTask call) => call.AsTask().Exception?.InnerException is IllegalEventException;

    private static async Task<List<uint>> SumsAsync(GuardedDataClient calls, DataOwnerSubject subject)
    {
        List<uint> sums = [];
        foreach (DriveNumber drive in subject.Drives)
        {
            sums.Add(await calls.GetDataChecksumAsync(drive, Token));
        }

        return sums;
    }
}
