#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <content>A committed restore that is not in place yet, while other operations run.</content>
public abstract partial class DataOwnerPrepareContract
{
    [Theory]
    [InlineData(OwnerStep.BaseOpened)]
    [InlineData(OwnerStep.AllGiven)]
    [InlineData(OwnerStep.Prepared)]
    public async Task A_committed_restore_that_waits_survives_another_restore_that_is_terminated(OwnerStep stopAt)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await ResumeAsync(subject, tokens, complete: false);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

        OwnerDriver second = await StopAtAsync(subject, other, stopAt);
        await second.TerminateAsync();

        Assert.Equal(before, subject.Image());
        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        _ = await Driver(subject).RecoverAsync();
        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task A_committed_restore_that_waits_survives_another_restore_whose_process_ends_and_recovery_removes_the_others()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await subject.ReopenAsync();

        await StopAtAsync(subject, other, OwnerStep.Prepared);
        await subject.ReopenAsync();

        Assert.Equal(before, subject.Image());
        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        OwnerDriver recovering = Driver(subject);
        Assert.NotEmpty(await recovering.RecoverAsync());
        Assert.Empty(await recovering.RecoverAsync());
        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resume_of_any_drive_keeps_what_was_prepared_on_all_of_them_also_when_it_fails(bool fails)
    {
        int drives = 1;
        for (int i = 0; i < drives; i++)
        {
            await using DataOwnerSubject subject = await CreateAsync();
            drives = subject.Drives.Count;
            DriveNumber drive = subject.Drives.ElementAt(i);
            (OwnerDriver driver, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
            string before = subject.Image();
            _ = await driver.BeginAsync(restore: true);
            if (fails)
            {
                await Assert.ThrowsAsync<ConnException>(async () => await driver.ResumeAsync(drive, [1]));
            }
            else
            {
                Assert.True(await driver.ResumeAsync(drive, tokens[drive]));
            }

            await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

            Assert.Equal(before, subject.Image());
            Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
            Assert.Equal(stored.Image, subject.Image());
            HoldsNothing(subject);
        }
    }

    private static async Task<OwnerDriver> StopAtAsync(DataOwnerSubject subject, StoredStreams stored, OwnerStep at)
    {
        OwnerDriver driver = new(subject, Token) { StopAt = at, Recovers = false };
        _ = await driver.StageAsync([stored]) && await driver.PrepareAsync() is not null;
        Assert.True(driver.Stopped);
        return driver;
    }
}
