#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>A committed restore that is not in place yet, while other operations run. Part of <see cref="DataOwnerPrepareContract"/>.</summary>
public abstract class DataOwnerPendingContract : DataOwnerSuite
{
    private protected const string KeepRule =
        "What PrepareRestore has prepared stays, also over Terminate and over the end of the process, until RestoreComplete or Recover.";

    [Theory]
    [InlineData(OwnerStep.BaseOpened)]
    [InlineData(OwnerStep.AllGiven)]
    [InlineData(OwnerStep.Prepared)]
    public async Task A_committed_restore_that_waits_survives_another_restore_that_is_terminated(OwnerStep stopAt)
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        PreparedRestore prepared = await PreparedAsync(subject);
        await ResumeAsync(subject, prepared.Tokens, complete: false);
        await subject.TerminateAsync();

        OwnerDriver second = await StopAtAsync(subject, other, stopAt);
        await second.TerminateAsync();

        subject.MustBeUnchanged(prepared.Before);
        await ResumeAsync(subject, prepared.Tokens, complete: true);
        await subject.TerminateAsync();
        _ = await Driver(subject).RecoverAsync();
        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task A_committed_restore_that_waits_survives_another_restore_whose_process_ends_and_recovery_removes_the_others()
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        StoredStreams other = await BackupAsync(subject);
        subject.Change(2);
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();

        await StopAtAsync(subject, other, OwnerStep.Prepared);
        await subject.ReopenAsync();

        subject.MustBeUnchanged(prepared.Before);
        await ResumeAsync(subject, prepared.Tokens, complete: true);
        await subject.TerminateAsync();
        await MustRecoverAsync(subject, Driver(subject));
        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resume_of_any_drive_keeps_what_was_prepared_on_all_of_them_also_when_it_fails(bool fails)
    {
        int drives = 1;
        for (int i = 0; i < drives; i++)
        {
            await using TestedOwner subject = await OpenAsync(KeepRule);
            drives = subject.Drives.Count;
            DriveNumber drive = subject.Drives.ElementAt(i);
            PreparedRestore prepared = await PreparedAsync(subject);
            _ = await prepared.Driver.BeginAsync(restore: true);
            if (fails)
            {
                bool taken = await MayFailAsync(async () => await prepared.Driver.ResumeAsync(drive, [1]));
                subject.Must(!taken, "ResumeRestore accepted a token that the owner did not make");
            }
            else
            {
                subject.Must(await prepared.Driver.ResumeAsync(drive, prepared.Tokens[drive]), "ResumeRestore says that nothing is left to put in place");
            }

            await subject.TerminateAsync();

            subject.MustBeUnchanged(prepared.Before);
            await ResumeAsync(subject, prepared.Tokens, complete: true);
            subject.MustBe(prepared.Stored.Image);
            subject.MustHoldNothing();
        }
    }

    /// <summary>Prepares a restore of a base in an owner whose data has changed since.</summary>
    private protected static async Task<PreparedRestore> PreparedAsync(TestedOwner subject)
    {
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        string before = subject.Image();
        OwnerDriver driver = Driver(subject);
        Assert.True(await driver.StageAsync(stored.Chain));
        IReadOnlyDictionary<DriveNumber, byte[]>? tokens = await driver.PrepareAsync();
        Assert.NotNull(tokens);
        subject.Story.Did("a prepared restore");
        subject.MustBeUnchanged(before);
        return new PreparedRestore(driver, stored, tokens, before);
    }

    /// <summary>Resumes a restore on every drive; each must say whether something was left to put in place.</summary>
    private protected static async Task ResumeAsync(TestedOwner subject, IReadOnlyDictionary<DriveNumber, byte[]> tokens, bool complete, bool isInPlace = false)
    {
        OwnerDriver driver = Driver(subject);
        _ = await driver.BeginAsync(restore: true);
        foreach ((DriveNumber drive, byte[] token) in tokens)
        {
            bool left = await driver.ResumeAsync(drive, token);
            subject.Must(left != isInPlace, $"ResumeRestore of drive {drive} returned {left}, and the data is {(isInPlace ? "" : "not ")}in place");
        }

        subject.Story.Did("ResumeRestore");
        if (complete)
        {
            await driver.CompleteAsync();
        }
    }

    /// <summary>Recovers; there is something to recover, and only once.</summary>
    private protected static async Task MustRecoverAsync(TestedOwner subject, OwnerDriver driver)
    {
        subject.Must((await driver.RecoverAsync()).Count > 0, "Recover returned no note, and a restore was prepared and never committed");
        subject.Must((await driver.RecoverAsync()).Count == 0, "Recover returned a note again");
    }

    private static async Task<OwnerDriver> StopAtAsync(TestedOwner subject, StoredStreams stored, OwnerStep at)
    {
        OwnerDriver driver = new(subject, Token) { StopAt = at, Recovers = false };
        _ = await driver.StageAsync(stored.Chain) && await driver.PrepareAsync() is not null;
        Assert.True(driver.Stopped);
        return driver;
    }
}
