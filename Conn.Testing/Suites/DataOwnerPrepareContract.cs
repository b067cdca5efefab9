#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Tests what an owner with <see cref="IRestorePrepare"/> promises beyond <see cref="DataOwnerContract"/>.</summary>
/// <remarks>A committed restore survives the process in which it was prepared.</remarks>
public abstract class DataOwnerPrepareContract : DataOwnerPendingContract
{
    private protected const string RecoverRule =
        "Recover removes what was prepared and never committed, and returns a note for each thing removed.";

    [Fact]
    public async Task The_interface_is_found()
    {
        bool hasContract = GetType().Assembly.GetTypes().Any(t => t is { IsAbstract: false } && t.IsSubclassOf(typeof(DataOwnerContract)));
        Assert.True(hasContract, "Derive DataOwnerContract too: DataOwnerPrepareContract tests only what IRestorePrepare adds, and names tests of the other.");
        await using TestedOwner subject = await OpenAsync();
        bool isFound = (await Driver(subject).BeginAsync(restore: true)).Prepares;
        subject.Must(isFound, "IRestorePrepare is not found. Implement it, or do not derive DataOwnerPrepareContract");
    }

    [Fact]
    public async Task A_token_is_at_most_4096_bytes()
    {
        await using TestedOwner subject = await OpenAsync("PrepareRestore returns a token of at most 4096 bytes for each drive.");
        PreparedRestore prepared = await PreparedAsync(subject);

        Assert.Equal(subject.Drives, prepared.Tokens.Keys.Order());
        Assert.All(prepared.Tokens, t => subject.Must(t.Value.Length <= 4096, $"the token of drive {t.Key} has {t.Value.Length} bytes"));
        await prepared.Driver.TerminateAsync();
    }

    [Fact]
    public async Task What_was_prepared_is_put_in_place_by_another_process()
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();

        await ResumeAsync(subject, prepared.Tokens, complete: true);

        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task Resume_changes_nothing_before_RestoreComplete()
    {
        await using TestedOwner subject = await OpenAsync("ResumeRestore only takes up what was prepared; RestoreComplete puts it in place.");
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();

        await ResumeAsync(subject, prepared.Tokens, complete: false);

        subject.MustBeUnchanged(prepared.Before);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Resume_may_be_interrupted_and_repeated(int processes)
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        for (int i = 1; i < processes; i++)
        {
            await subject.ReopenAsync();
            await ResumeAsync(subject, prepared.Tokens, complete: false);
        }

        await subject.ReopenAsync();
        await ResumeAsync(subject, prepared.Tokens, complete: true);

        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task A_resumed_restore_that_is_terminated_can_be_resumed_again()
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();
        await ResumeAsync(subject, prepared.Tokens, complete: false);
        await subject.TerminateAsync();
        subject.MustHoldNothing();

        await ResumeAsync(subject, prepared.Tokens, complete: true);

        subject.MustBe(prepared.Stored.Image);
    }

    [Fact]
    public async Task What_was_prepared_is_kept_when_the_same_process_resumes_and_terminates_it()
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        PreparedRestore prepared = await PreparedAsync(subject);

        await ResumeAsync(subject, prepared.Tokens, complete: false);
        await subject.TerminateAsync();

        subject.MustBeUnchanged(prepared.Before);
        await subject.ReopenAsync();
        await ResumeAsync(subject, prepared.Tokens, complete: true);
        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task What_was_kept_and_never_committed_is_removed_by_recovery()
    {
        await using TestedOwner subject = await OpenAsync(RecoverRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await ResumeAsync(subject, prepared.Tokens, complete: false);
        await subject.TerminateAsync();

        await MustRecoverAsync(subject, Driver(subject));
        subject.MustBeUnchanged(prepared.Before);
        await RestoreAsync(subject, prepared.Stored);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Resume_of_what_is_in_place_changes_nothing(int resumes, bool anotherProcess)
    {
        await using TestedOwner subject = await OpenAsync($"ResumeRestore returns false for what is in place already. {RepeatRule}");
        PreparedRestore prepared = await PreparedAsync(subject);
        if (resumes > 0)
        {
            await subject.ReopenAsync();
            await ResumeAsync(subject, prepared.Tokens, complete: true);
        }
        else
        {
            await prepared.Driver.CompleteAsync();
        }

        subject.MustBe(prepared.Stored.Image);
        for (int i = 0; i <= resumes; i++)
        {
            // The program goes on with the restored data before the next operation.
            subject.Change(20 + i);
            string changed = subject.Image();
            await (anotherProcess ? subject.ReopenAsync() : subject.TerminateAsync());
            await ResumeAsync(subject, prepared.Tokens, complete: true, isInPlace: true);

            subject.MustBeUnchanged(changed);
            subject.MustHoldNothing();
        }
    }

    [Fact]
    public async Task Of_several_drives_only_those_that_are_not_in_place_change_when_they_are_resumed()
    {
        await using TestedOwner subject = await OpenAsync($"ResumeRestore returns false for a drive that is in place already. {RepeatRule}");
        Dictionary<DriveNumber, string> expected = subject.Drives.ToDictionary(d => d, subject.Image);
        PreparedRestore prepared = await PreparedAsync(subject);
        DriveNumber first = subject.Drives.First();
        await prepared.Driver.CompleteAsync(first);
        subject.Change(20);
        expected[first] = subject.Image(first);
        await subject.ReopenAsync();

        OwnerDriver driver = Driver(subject);
        _ = await driver.BeginAsync(restore: true);
        foreach ((DriveNumber drive, byte[] token) in prepared.Tokens)
        {
            subject.Must(await driver.ResumeAsync(drive, token) == (drive != first), $"ResumeRestore is wrong about whether drive {drive} is in place");
        }

        await driver.CompleteAsync();

        foreach (DriveNumber drive in subject.Drives)
        {
            subject.MustBe(expected[drive], drive, isRestored: drive != first);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recovery_leaves_what_is_in_place(bool anotherProcess)
    {
        await using TestedOwner subject = await OpenAsync("Recover removes what was never put in place, and changes no data.");
        PreparedRestore prepared = await PreparedAsync(subject);
        await prepared.Driver.CompleteAsync();
        subject.Change(20);
        string changed = subject.Image();
        await (anotherProcess ? subject.ReopenAsync() : subject.TerminateAsync());

        _ = await Driver(subject).RecoverAsync();

        subject.MustBeUnchanged(changed);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task What_was_prepared_and_is_damaged_by_then_is_refused_and_changes_nothing()
    {
        await using TestedOwner subject = await OpenAsync(
            "ResumeRestore compares what was prepared with its token, for example by a hash in it: if it is damaged, it throws ConnException with Corrupt or NotFound.");
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();
        Assert.SkipUnless(subject.DamagePrepared(), "The subject does not override DamagePrepared.");

        ErrorCode code = await RefusedResumeAsync(subject, prepared.Tokens);

        subject.Must(code == ErrorCode.NotFound || code == ErrorCode.Corrupt, $"ResumeRestore failed with {code}");
        subject.MustBeUnchanged(prepared.Before);
    }

    [Fact]
    public async Task What_was_never_committed_is_removed_by_recovery_and_the_data_stays()
    {
        await using TestedOwner subject = await OpenAsync(RecoverRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();

        await MustRecoverAsync(subject, Driver(subject));
        subject.MustBeUnchanged(prepared.Before);
        subject.MustHoldNothing();
        await RestoreAsync(subject, prepared.Stored);
    }

    [Fact]
    public async Task Resume_of_what_recovery_removed_fails_with_NotFound_or_Corrupt()
    {
        await using TestedOwner subject = await OpenAsync("ResumeRestore of what is gone must throw ConnException with NotFound or Corrupt.");
        PreparedRestore prepared = await PreparedAsync(subject);
        await subject.ReopenAsync();
        await Driver(subject).RecoverAsync();

        ErrorCode code = await RefusedResumeAsync(subject, prepared.Tokens);

        subject.Must(code == ErrorCode.NotFound || code == ErrorCode.Corrupt, $"ResumeRestore failed with {code}");
        subject.MustBeUnchanged(prepared.Before);
    }

    [Fact]
    public async Task Recovery_with_nothing_to_recover_returns_no_notes()
    {
        await using TestedOwner subject = await OpenAsync(RecoverRule);
        string before = subject.Image();

        subject.Must((await Driver(subject).RecoverAsync()).Count == 0, "Recover returned a note, and there was nothing to recover");

        subject.MustBeUnchanged(before);
        await WorksAsync(subject);
    }

    [Fact]
    public async Task What_was_prepared_stays_when_it_is_terminated_until_it_is_put_in_place()
    {
        await using TestedOwner subject = await OpenAsync(KeepRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await prepared.Driver.TerminateAsync();
        await prepared.Driver.TerminateAsync();

        subject.MustBeUnchanged(prepared.Before);
        await ResumeAsync(subject, prepared.Tokens, complete: true);
        subject.MustBe(prepared.Stored.Image);
        subject.MustHoldNothing();
    }

    [Fact]
    public async Task What_was_prepared_and_terminated_is_removed_by_recovery_of_the_same_process()
    {
        await using TestedOwner subject = await OpenAsync(RecoverRule);
        PreparedRestore prepared = await PreparedAsync(subject);
        await prepared.Driver.TerminateAsync();

        await MustRecoverAsync(subject, Driver(subject));
        subject.MustBeUnchanged(prepared.Before);
        subject.MustHoldNothing();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task A_token_that_the_owner_did_not_make_is_refused_and_changes_nothing(int bytes)
    {
        await using TestedOwner subject = await OpenAsync("ResumeRestore must throw ConnException with NotFound or Corrupt for a token that the owner did not make.");
        string before = subject.Image();
        byte[] foreign = new byte[bytes];
        new Random(3).NextBytes(foreign);

        await RefusedResumeAsync(subject, subject.Drives.ToDictionary(d => d, _ => foreign));

        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    private static async Task<ErrorCode> RefusedResumeAsync(TestedOwner subject, IReadOnlyDictionary<DriveNumber, byte[]> tokens)
    {
        try
        {
            await ResumeAsync(subject, tokens, complete: true);
        }
        catch (ConnException e)
        {
            return e.Code;
        }

        throw subject.Failure("ResumeRestore succeeded");
    }
}
