#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Tests what every data owner promises. Derive it once for each owner.</summary>
/// <remarks>
/// If the owner implements <see cref="IRestorePrepare"/>, derive <see cref="DataOwnerPrepareContract"/> too. Every call goes through the same legal
/// order as the calls of an engine, so that the owner never gets a call that the protocol does not allow.
/// </remarks>
public abstract class DataOwnerContract : DataOwnerChangeContract
{
    private protected const string IncrementRule =
        "An increment must hold everything that changed, came or went since its parent.";

    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4 * MiB)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(7, 4096)]
    [InlineData(63, 65)]
    [InlineData(511, 1)]
    [InlineData(512, 513)]
    [InlineData(4095, 4097)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 7)]
    [InlineData(65536, 1000)]
    [InlineData(MiB, 1)]
    [InlineData(MiB, MiB)]
    [InlineData(4 * MiB, 4095)]
    [InlineData(4 * MiB, 4 * MiB)]
    public async Task Any_section_at_backup_and_any_split_at_restore_give_the_same_data(int backupBytes, int restoreBytes)
    {
        await using TestedOwner subject = await OpenAsync(SectionRule);
        OwnerDriver driver = new(subject, Token) { BackupBytes = backupBytes, RestoreBytes = restoreBytes };
        StoredStreams first = await BackupAsync(subject, driver: driver);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first, driver);
        subject.Change(2);

        await RestoreAsync(subject, second, driver);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_base_and_its_increments_give_the_last_state(int increments)
    {
        await using TestedOwner subject = await OpenAsync(increments == 0 ? BaseRule : IncrementRule);
        StoredStreams last = await ChainAsync(subject, increments);
        subject.Change(99);

        await RestoreAsync(subject, last);
    }

    [Fact]
    public async Task Every_state_of_a_chain_can_be_restored()
    {
        await using TestedOwner subject = await OpenAsync(IncrementRule);
        StoredStreams last = await ChainAsync(subject, 3);

        foreach (StoredStreams stored in last.Chain.Reverse())
        {
            await RestoreAsync(subject, stored);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task An_empty_last_section_ends_a_stream_as_a_full_one_does(int restoreBytes)
    {
        await using TestedOwner subject = await OpenAsync("The last section of a restore may be empty.");
        StoredStreams last = await ChainAsync(subject, 2);
        subject.Change(99);

        await RestoreAsync(subject, last, new OwnerDriver(subject, Token) { RestoreBytes = restoreBytes, EmptyLast = true });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(MiB)]
    public async Task No_data_comes_back_as_no_data(int sectionBytes)
    {
        await using TestedOwner subject = await OpenAsync("No data is data too: a backup of it must be restored as no data.");
        subject.Clear();
        OwnerDriver driver = new(subject, Token) { BackupBytes = sectionBytes, RestoreBytes = sectionBytes };
        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        await RestoreAsync(subject, stored, driver);
    }

    [Fact]
    public async Task Data_removed_after_the_base_is_gone_after_base_and_increment()
    {
        await using TestedOwner subject = await OpenAsync("An increment must say what was removed.");
        StoredStreams before = await BackupAsync(subject);
        subject.Clear();
        StoredStreams after = await BackupAsync(subject, before);
        subject.Change(1);

        await RestoreAsync(subject, after);
    }

    [Fact]
    public async Task Data_added_after_an_empty_base_is_there_after_base_and_increment()
    {
        await using TestedOwner subject = await OpenAsync(IncrementRule);
        subject.Clear();
        StoredStreams before = await BackupAsync(subject);
        subject.Change(1);
        StoredStreams after = await BackupAsync(subject, before);
        subject.Clear();

        await RestoreAsync(subject, after);
    }

    [Fact]
    public async Task The_same_data_twice_gives_an_increment_that_changes_nothing()
    {
        await using TestedOwner subject = await OpenAsync("An increment of unchanged data changes nothing.");
        StoredStreams first = await BackupAsync(subject);
        StoredStreams same = await BackupAsync(subject, first);
        StoredStreams again = await BackupAsync(subject, same);
        subject.Change(1);

        await RestoreAsync(subject, again);
        subject.MustBe(first.Image);
    }

    [Fact]
    public async Task A_base_after_an_increment_is_complete_by_itself()
    {
        await using TestedOwner subject = await OpenAsync("Without a snapshot the owner must hand over all of its data, whatever it did before.");
        StoredStreams first = await BackupAsync(subject);
        StoredStreams increment = await BackupAsync(subject, first);
        StoredStreams second = await BackupAsync(subject);
        subject.Change(1);

        subject.Must(first.Image == increment.Image, "the data changed by itself");
        await RestoreAsync(subject, second);
    }

    [Fact]
    public async Task Taking_a_backup_leaves_the_data_as_it_is()
    {
        await using TestedOwner subject = await OpenAsync("A backup changes nothing.");
        string before = subject.Image();

        StoredStreams first = await BackupAsync(subject);
        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();

        _ = await BackupAsync(subject, first);
        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task Operations_follow_each_other_on_one_instance()
    {
        await using TestedOwner subject = await OpenAsync("An operation leaves nothing behind that changes the next one.");
        for (int round = 0; round < 3; round++)
        {
            StoredStreams last = await ChainAsync(subject, round);
            subject.Change(50 + round);
            await RestoreAsync(subject, last);
        }
    }

    [Fact]
    public async Task Operations_follow_each_other_over_restarts_of_the_owner()
    {
        await using TestedOwner subject = await OpenAsync("Everything that the next increment needs is in the snapshot, not in the memory of the process.");
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        await subject.ReopenAsync();
        StoredStreams second = await BackupAsync(subject, first);
        subject.Change(2);
        await subject.ReopenAsync();

        await RestoreAsync(subject, second);
        await subject.ReopenAsync();
        subject.MustBe(second.Image);
    }

    [Fact]
    public async Task After_a_restore_the_restored_backup_is_a_parent()
    {
        await using TestedOwner subject = await OpenAsync("After a restore the next increment continues the restored backup.");
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        await RestoreAsync(subject, first);
        subject.Change(2);

        StoredStreams next = await BackupAsync(subject, first);
        subject.Change(3);
        await RestoreAsync(subject, next);
    }

    [Fact]
    public async Task RestoreComplete_twice_has_the_same_effect_as_once()
    {
        await using TestedOwner subject = await OpenAsync(RepeatRule);
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver driver = Driver(subject);

        await RestoreAsync(subject, stored, driver);
        // What is in place belongs to the program again, which goes on with it.
        subject.Change(2);
        string changed = subject.Image();
        subject.Story.Doing = "a second RestoreComplete";
        await driver.CompleteAsync();

        subject.MustBeUnchanged(changed);
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    [Fact]
    public async Task Terminate_after_a_restore_leaves_what_is_in_place()
    {
        await using TestedOwner subject = await OpenAsync("Terminate does not take back what RestoreComplete has put in place.");
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver driver = Driver(subject);
        await RestoreAsync(subject, stored, driver);
        subject.Change(2);
        string changed = subject.Image();

        await driver.TerminateAsync();
        await driver.TerminateAsync();

        subject.MustBeUnchanged(changed);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task Change_removes_something_and_adds_something_and_does_not_lead_back()
    {
        await using TestedOwner subject = await OpenAsync();
        HashSet<string> images = [subject.Image()];
        int removed = 0;
        int added = 0;
        for (int seed = 1; seed <= 5; seed++)
        {
            string[] before = subject.Image().Split('\n');
            subject.Change(seed);
            string[] after = subject.Image().Split('\n');
            removed += before.Except(after).Count();
            added += after.Except(before).Count();
            subject.Must(images.Add(subject.Image()), "Change led back to data that the owner had before");
        }

        const string Needed = ", and the suite needs that to find increments that lose changes";
        subject.Must(removed > 0, $"Change never removed anything from Image{Needed}");
        subject.Must(added > 0, $"Change never added anything to Image{Needed}");
    }

    [Fact]
    public async Task The_checksum_is_that_of_the_data()
    {
        await using TestedOwner subject = await OpenAsync("GetDataChecksum is equal for equal data.");
        StoredStreams stored = await BackupAsync(subject);
        long[] before = await ChecksumsAsync(subject);
        subject.Change(1);
        await RestoreAsync(subject, stored);

        long[] after = await ChecksumsAsync(subject);
        subject.Must(before.SequenceEqual(after), "the checksum of the restored data differs from that of the same data before");
        subject.MustHoldNothing();
    }

    private static async Task<long[]> ChecksumsAsync(TestedOwner subject)
    {
        OwnerDriver driver = Driver(subject);
        _ = await driver.BeginAsync(restore: false);
        return await NumbersAsync(driver, OwnerCallKind.GetDataChecksum, subject);
    }
}
