#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <content>What is decided and waits for its rollforward, while other operations come and go.</content>
public abstract partial class DataOwnerPrepareContract
{
    [Theory]
    [InlineData(OwnerStep.BaseOpened)]
    [InlineData(OwnerStep.AllGiven)]
    [InlineData(OwnerStep.Prepared)]
    public async Task What_waits_for_its_rollforward_survives_another_restore_that_is_terminated(OwnerStep brokenOffAt)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await ResumeAsync(subject, tokens, complete: false);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

        OwnerDriver second = await BrokenOffAsync(subject, other, brokenOffAt);
        await second.TerminateAsync();

        Assert.Equal(before, subject.Image());
        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task What_waits_for_its_rollforward_survives_another_restore_whose_process_dies_and_recovery_removes_the_others()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await subject.ReopenAsync();

        await BrokenOffAsync(subject, other, OwnerStep.Prepared);
        await subject.ReopenAsync();

        Assert.Equal(before, subject.Image());
        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        IRestorePrepare prepare = Driver(subject).Prepare!;
        Assert.NotEmpty(await prepare.RecoverAsync(Token));
        Assert.Empty(await prepare.RecoverAsync(Token));
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
            _ = driver.Begin(restore: true);
            IRestorePrepare prepare = driver.Prepare!;
            if (fails)
            {
                await Assert.ThrowsAsync<ConnException>(async () => await prepare.ResumeRestoreAsync(drive, new byte[] { 1 }, Token));
            }
            else
            {
                Assert.True(await prepare.ResumeRestoreAsync(drive, tokens[drive], Token));
            }

            await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

            Assert.Equal(before, subject.Image());
            Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
            Assert.Equal(stored.Image, subject.Image());
            HoldsNothing(subject);
        }
    }

    private static async Task<OwnerDriver> BrokenOffAsync(DataOwnerSubject subject, StoredStreams stored, OwnerStep at)
    {
        OwnerDriver driver = new(subject, Token) { StopAt = at, Recovers = false };
        _ = await driver.StageAsync([stored]) && await driver.PrepareAsync() is not null;
        Assert.True(driver.Stopped);
        return driver;
    }
}
