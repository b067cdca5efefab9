#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
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

    private static async Task<OwnerDriver> BrokenOffAsync(DataOwnerSubject subject, StoredStreams stored, OwnerStep at)
    {
        OwnerDriver driver = new(subject, Token) { StopAt = at, Recovers = false };
        _ = await driver.StageAsync([stored]) && await driver.PrepareAsync() is not null;
        Assert.True(driver.Stopped);
        return driver;
    }
}
