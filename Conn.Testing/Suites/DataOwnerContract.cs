#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Tests what every data owner promises. Derive it once for each owner.</summary>
/// <remarks>
/// If the owner implements <see cref="IRestorePrepare"/>, derive <see cref="DataOwnerPrepareContract"/> too. Every call goes through the same legal
/// order as the calls of an engine, so that the owner never gets a call that the protocol does not allow.
/// </remarks>
public abstract partial class DataOwnerContract : DataOwnerSuite
{
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
        await using DataOwnerSubject subject = await CreateAsync();
        OwnerDriver driver = new(subject, Token) { BackupBytes = backupBytes, RestoreBytes = restoreBytes };
        StoredStreams first = await BackupAsync(subject, driver: driver);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first, driver);
        subject.Change(2);

        await RestoreAsync(subject, second.IsIncrement ? [first, second] : [second], driver);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_base_and_its_increments_give_the_last_state(int increments)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, increments);
        subject.Change(99);

        await RestoreAsync(subject, chain);
    }

    [Fact]
    public async Task Every_state_of_a_chain_can_be_restored()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, 3);

        for (int length = chain.Count; length > 0; length--)
        {
            await RestoreAsync(subject, chain[..length]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task An_empty_last_section_ends_a_stream_as_a_full_one_does(int restoreBytes)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, 2);
        subject.Change(99);

        await RestoreAsync(subject, chain, new OwnerDriver(subject, Token) { RestoreBytes = restoreBytes, EmptyLast = true });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(MiB)]
    public async Task No_data_comes_back_as_no_data(int sectionBytes)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        subject.Clear();
        OwnerDriver driver = new(subject, Token) { BackupBytes = sectionBytes, RestoreBytes = sectionBytes };
        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);

        await RestoreAsync(subject, [stored], driver);
    }

    [Fact]
    public async Task Data_removed_after_the_base_is_gone_after_base_and_increment()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams before = await BackupAsync(subject);
        subject.Clear();
        StoredStreams after = await BackupAsync(subject, before);
        subject.Change(1);

        await RestoreAsync(subject, after.IsIncrement ? [before, after] : [after]);
    }

    [Fact]
    public async Task Data_added_after_an_empty_base_is_there_after_base_and_increment()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        subject.Clear();
        StoredStreams before = await BackupAsync(subject);
        subject.Change(1);
        StoredStreams after = await BackupAsync(subject, before);
        subject.Clear();

        await RestoreAsync(subject, after.IsIncrement ? [before, after] : [after]);
    }

    [Fact]
    public async Task The_same_data_twice_gives_an_increment_that_changes_nothing()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        StoredStreams same = await BackupAsync(subject, first);
        StoredStreams again = await BackupAsync(subject, same);
        subject.Change(1);

        List<StoredStreams> chain = [first];
        chain = same.IsIncrement ? [.. chain, same] : [same];
        await RestoreAsync(subject, again.IsIncrement ? [.. chain, again] : [again]);
        Assert.Equal(first.Image, subject.Image());
    }

    [Fact]
    public async Task A_base_after_an_increment_is_complete_by_itself()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        StoredStreams increment = await BackupAsync(subject, first);
        StoredStreams second = await BackupAsync(subject);
        subject.Change(1);

        Assert.Equal(first.Image, increment.Image);
        await RestoreAsync(subject, [second]);
    }

    [Fact]
    public async Task Taking_a_backup_leaves_the_data_as_it_is()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        string before = subject.Image();

        StoredStreams first = await BackupAsync(subject);
        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);

        _ = await BackupAsync(subject, first);
        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task Operations_follow_each_other_on_one_instance()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        for (int round = 0; round < 3; round++)
        {
            List<StoredStreams> chain = await ChainAsync(subject, round);
            subject.Change(50 + round);
            await RestoreAsync(subject, chain);
        }
    }

    [Fact]
    public async Task Operations_follow_each_other_over_restarts_of_the_owner()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        await subject.ReopenAsync();
        StoredStreams second = await BackupAsync(subject, first);
        subject.Change(2);
        await subject.ReopenAsync();

        await RestoreAsync(subject, second.IsIncrement ? [first, second] : [second]);
        await subject.ReopenAsync();
        Assert.Equal(second.Image, subject.Image());
    }

    [Fact]
    public async Task After_a_restore_the_restored_backup_is_a_parent()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        await RestoreAsync(subject, [first]);
        subject.Change(2);

        StoredStreams next = await BackupAsync(subject, first);
        subject.Change(3);
        await RestoreAsync(subject, next.IsIncrement ? [first, next] : [next]);
    }

    [Fact]
    public async Task RestoreComplete_twice_has_the_same_effect_as_once()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver driver = Driver(subject);

        Assert.True(await driver.RestoreAsync([stored]));
        await driver.CompleteAsync();

        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
        await WorksAsync(subject);
    }

    [Fact]
    public async Task Terminate_after_a_restore_leaves_what_is_in_place()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver driver = Driver(subject);
        Assert.True(await driver.RestoreAsync([stored]));

        await driver.TerminateAsync();
        await driver.TerminateAsync();

        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task Nothing_the_owner_has_changes_before_RestoreComplete()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, 2);
        subject.Change(99);
        string before = subject.Image();
        HashSet<OwnerStep> seen = [];

        OwnerDriver driver = new(subject, Token)
        {
            StopAt = OwnerStep.Prepared, After = step => Assert.True(!seen.Add(step) || subject.Image() == before, $"the data changed at {step}"),
        };
        Assert.False(await driver.RestoreAsync(chain));
        await driver.TerminateAsync();

        Assert.Contains(OwnerStep.Prepared, seen);
        Assert.Equal(before, subject.Image());
    }

    [Fact]
    public async Task The_checksum_is_that_of_the_data()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams stored = await BackupAsync(subject);
        long[] before = await ChecksumsAsync(subject);
        subject.Change(1);
        await RestoreAsync(subject, [stored]);

        Assert.Equal(before, await ChecksumsAsync(subject));
        HoldsNothing(subject);
    }

    private static async Task<long[]> ChecksumsAsync(DataOwnerSubject subject)
    {
        OwnerDriver driver = Driver(subject);
        _ = await driver.BeginAsync(restore: false);
        return await NumbersAsync(driver, OwnerCallKind.GetDataChecksum, subject);
    }
}
