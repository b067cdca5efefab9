#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Tests what an owner with <see cref="IRestorePrepare"/> promises beyond <see cref="DataOwnerContract"/>.</summary>
/// <remarks>A committed restore survives the process in which it was prepared.</remarks>
public abstract partial class DataOwnerPrepareContract : DataOwnerSuite
{
    [Fact]
    public async Task The_interface_is_found()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        Assert.True((await Driver(subject).BeginAsync(restore: true)).Prepares);
    }

    [Fact]
    public async Task A_token_is_at_most_4096_bytes()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (OwnerDriver driver, _, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);

        Assert.Equal(subject.Drives, tokens.Keys.Order());
        Assert.All(tokens.Values, t => Assert.InRange(t.Length, 0, 4096));
        await driver.TerminateAsync();
    }

    [Fact]
    public async Task What_was_prepared_is_put_in_place_by_another_process()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        await subject.ReopenAsync();

        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);

        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task Resume_changes_nothing_before_RestoreComplete()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, _, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await subject.ReopenAsync();

        await ResumeAsync(subject, tokens, complete: false);

        Assert.Equal(before, subject.Image());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Resume_may_be_interrupted_and_repeated(int processes)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        for (int i = 1; i < processes; i++)
        {
            await subject.ReopenAsync();
            await ResumeAsync(subject, tokens, complete: false);
        }

        await subject.ReopenAsync();
        await ResumeAsync(subject, tokens, complete: true);

        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task A_resumed_restore_that_is_terminated_can_be_resumed_again()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        await subject.ReopenAsync();
        await ResumeAsync(subject, tokens, complete: false);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        HoldsNothing(subject);

        await ResumeAsync(subject, tokens, complete: true);

        Assert.Equal(stored.Image, subject.Image());
    }

    [Fact]
    public async Task What_was_prepared_is_kept_when_the_same_process_resumes_and_terminates_it()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();

        await ResumeAsync(subject, tokens, complete: false);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

        Assert.Equal(before, subject.Image());
        await subject.ReopenAsync();
        await ResumeAsync(subject, tokens, complete: true);
        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task What_was_kept_and_never_committed_is_removed_by_recovery()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await ResumeAsync(subject, tokens, complete: false);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

        OwnerDriver recovering = Driver(subject);

        Assert.NotEmpty(await recovering.RecoverAsync());
        Assert.Empty(await recovering.RecoverAsync());
        Assert.Equal(before, subject.Image());
        await RestoreAsync(subject, [stored]);
    }

    [Fact]
    public async Task Resume_of_what_is_in_place_changes_nothing()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (OwnerDriver driver, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        await driver.CompleteAsync();
        await subject.ReopenAsync();

        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.False);

        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task What_was_never_committed_is_removed_by_recovery_and_the_data_stays()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, StoredStreams stored, _) = await PreparedAsync(subject);
        string before = subject.Image();
        await subject.ReopenAsync();

        OwnerDriver recovering = Driver(subject);
        IReadOnlyList<string> removed = await recovering.RecoverAsync();

        Assert.NotEmpty(removed);
        Assert.Empty(await recovering.RecoverAsync());
        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
        await RestoreAsync(subject, [stored]);
    }

    [Fact]
    public async Task Resume_of_what_recovery_removed_fails_with_NotFound_or_Corrupt()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (_, _, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await subject.ReopenAsync();
        await Driver(subject).RecoverAsync();

        ConnException gone = await Assert.ThrowsAsync<ConnException>(() => ResumeAsync(subject, tokens, complete: true));

        Assert.True(gone.Code == ErrorCode.NotFound || gone.Code == ErrorCode.Corrupt, gone.Message);
        Assert.Equal(before, subject.Image());
    }

    [Fact]
    public async Task Recovery_with_nothing_to_recover_returns_no_notes()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        string before = subject.Image();

        Assert.Empty(await Driver(subject).RecoverAsync());

        Assert.Equal(before, subject.Image());
        await WorksAsync(subject);
    }

    [Fact]
    public async Task What_was_prepared_stays_when_it_is_terminated_until_it_is_put_in_place()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (OwnerDriver driver, StoredStreams stored, IReadOnlyDictionary<DriveNumber, byte[]> tokens) = await PreparedAsync(subject);
        string before = subject.Image();
        await driver.TerminateAsync();
        await driver.TerminateAsync();

        Assert.Equal(before, subject.Image());
        Assert.All(await ResumeAsync(subject, tokens, complete: true), Assert.True);
        Assert.Equal(stored.Image, subject.Image());
        HoldsNothing(subject);
    }

    [Fact]
    public async Task What_was_prepared_and_terminated_is_removed_by_recovery_of_the_same_process()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        (OwnerDriver driver, _, _) = await PreparedAsync(subject);
        string before = subject.Image();
        await driver.TerminateAsync();

        Assert.NotEmpty(await Driver(subject).RecoverAsync());
        Assert.Empty(await Driver(subject).RecoverAsync());
        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task A_token_that_the_owner_did_not_make_is_refused_and_changes_nothing(int bytes)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        string before = subject.Image();
        byte[] foreign = new byte[bytes];
        new Random(3).NextBytes(foreign);

        await Assert.ThrowsAsync<ConnException>(() => ResumeAsync(subject, subject.Drives.ToDictionary(d => d, _ => foreign), complete: true));

        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
        await WorksAsync(subject);
    }

    private static async Task<(OwnerDriver Driver, StoredStreams Stored, IReadOnlyDictionary<DriveNumber, byte[]> Tokens)> PreparedAsync(
        DataOwnerSubject subject)
    {
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        OwnerDriver driver = Driver(subject);
        Assert.True(await driver.StageAsync([stored]));
        IReadOnlyDictionary<DriveNumber, byte[]>? tokens = await driver.PrepareAsync();
        Assert.NotNull(tokens);
        return (driver, stored, tokens);
    }

    private static async Task<List<bool>> ResumeAsync(DataOwnerSubject subject, IReadOnlyDictionary<DriveNumber, byte[]> tokens, bool complete)
    {
        OwnerDriver driver = Driver(subject);
        _ = await driver.BeginAsync(restore: true);
        List<bool> left = [];
        foreach ((DriveNumber drive, byte[] token) in tokens)
        {
            left.Add(await driver.ResumeAsync(drive, token));
        }

        if (complete)
        {
            await driver.CompleteAsync();
        }

        return left;
    }
}
