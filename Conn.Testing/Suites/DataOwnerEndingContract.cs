#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Operations that end early: stopped, cancelled, terminated once or twice, or by the end of the process. Part of <see cref="DataOwnerContract"/>.</summary>
public abstract class DataOwnerEndingContract : DataOwnerFirstContract
{
    private protected const string EndRule =
        "Terminate, cancellation and the end of the process leave the data as it was, and nothing of the operation in the owner.";

    public static TheoryData<OwnerStep, int> BackupSteps => Steps(
        OwnerStep.SnapshotOpened, OwnerStep.SnapshotGiven, OwnerStep.AllSupplied, OwnerStep.SizeAsked, OwnerStep.DataOpened, OwnerStep.SectionTaken,
        OwnerStep.TwoSectionsTaken, OwnerStep.DataTaken, OwnerStep.SnapshotPieceTaken, OwnerStep.SnapshotTaken);

    public static TheoryData<OwnerStep, int> RestoreSteps => Steps(
        OwnerStep.SnapshotOpened, OwnerStep.SnapshotGiven, OwnerStep.BaseOpened, OwnerStep.BaseSectionGiven, OwnerStep.BaseGiven, OwnerStep.IncrementOpened,
        OwnerStep.IncrementSectionGiven, OwnerStep.IncrementGiven, OwnerStep.AllGiven, OwnerStep.Prepared);

    /// <summary>The number is how often Terminate is called; 0 means that the process ended instead.</summary>
    [Theory]
    [MemberData(nameof(BackupSteps))]
    public async Task A_backup_can_end_at_any_step(OwnerStep step, int terminates)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(1);
        string before = subject.Image();
        OwnerDriver driver = new(subject, Token) { StopAt = step, BackupBytes = 64, RestoreBytes = 5 };

        _ = await driver.BackupAsync(parent);
        await EndAsync(subject, driver, terminates);

        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        StoredStreams next = await BackupAsync(subject, parent);
        await RestoreAsync(subject, next);
        await WorksAsync(subject);
    }

    /// <summary>The number is how often Terminate is called; 0 means that the process ended instead.</summary>
    [Theory]
    [MemberData(nameof(RestoreSteps))]
    public async Task A_restore_can_end_at_any_step_and_leaves_the_data_unchanged(OwnerStep step, int terminates)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams last = await ChainAsync(subject, 2);
        subject.Change(99);
        string before = subject.Image();
        OwnerDriver driver = new(subject, Token) { StopAt = step, RestoreBytes = 5 };

        if (await driver.StageAsync(last.Chain))
        {
            _ = await driver.PrepareAsync();
        }

        await EndAsync(subject, driver, terminates);

        subject.MustBeUnchanged(before);
        await RecoverAsync(subject);
        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        await RestoreAsync(subject, last);
        await WorksAsync(subject);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Terminate_without_an_operation_is_harmless(bool fresh)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        if (!fresh)
        {
            _ = await BackupAsync(subject);
        }

        string before = subject.Image();
        await subject.TerminateAsync();
        await subject.TerminateAsync();

        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    [Theory]
    [InlineData(OwnerStep.None)]
    [InlineData(OwnerStep.SnapshotOpened)]
    [InlineData(OwnerStep.AllSupplied)]
    [InlineData(OwnerStep.SizeAsked)]
    [InlineData(OwnerStep.DataOpened)]
    [InlineData(OwnerStep.SectionTaken)]
    [InlineData(OwnerStep.DataTaken)]
    [InlineData(OwnerStep.SnapshotPieceTaken)]
    public async Task A_backup_cancelled_at_any_step_changes_nothing(OwnerStep step)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams parent = await BackupAsync(subject);
        string before = subject.Image();
        using CancellationTokenSource cancel = new();
        OwnerDriver driver = Cancelling(subject, cancel, step);

        await MayFailAsync(() => driver.BackupAsync(parent));
        await driver.TerminateAsync();

        subject.MustBeUnchanged(before);
        subject.MustHoldNothing();
        await WorksAsync(subject);
    }

    [Theory]
    [InlineData(OwnerStep.None)]
    [InlineData(OwnerStep.SnapshotGiven)]
    [InlineData(OwnerStep.BaseOpened)]
    [InlineData(OwnerStep.BaseSectionGiven)]
    [InlineData(OwnerStep.BaseGiven)]
    [InlineData(OwnerStep.IncrementOpened)]
    [InlineData(OwnerStep.IncrementSectionGiven)]
    [InlineData(OwnerStep.AllGiven)]
    public async Task A_restore_cancelled_at_any_step_changes_nothing(OwnerStep step)
    {
        await using TestedOwner subject = await OpenAsync(EndRule);
        StoredStreams last = await ChainAsync(subject, 1);
        subject.Change(99);
        string before = subject.Image();
        using CancellationTokenSource cancel = new();
        OwnerDriver driver = Cancelling(subject, cancel, step);

        await MayFailAsync(async () =>
        {
            if (await driver.StageAsync(last.Chain))
            {
                await driver.PrepareAsync();
            }
        });
        await driver.TerminateAsync();

        subject.MustBeUnchanged(before);
        await RecoverAsync(subject);
        subject.MustHoldNothing();
        await RestoreAsync(subject, last);
    }

    /// <summary>Only recovery drops what was prepared.</summary>
    private static async Task RecoverAsync(TestedOwner subject)
    {
        _ = await Driver(subject).RecoverAsync();
        await subject.TerminateAsync();
    }

    private static OwnerDriver Cancelling(TestedOwner subject, CancellationTokenSource cancel, OwnerStep step)
    {
        if (step == OwnerStep.None)
        {
            cancel.Cancel();
        }

        return new OwnerDriver(subject, cancel.Token)
        {
            BackupBytes = 64, RestoreBytes = 50, After = s =>
            {
                if (s == step)
                {
                    cancel.Cancel();
                }
            },
        };
    }

    private static async Task EndAsync(TestedOwner subject, OwnerDriver driver, int terminates)
    {
        for (int i = 0; i < terminates; i++)
        {
            await driver.TerminateAsync();
        }

        if (terminates == 0)
        {
            await subject.ReopenAsync();
        }
    }

    private static TheoryData<OwnerStep, int> Steps(params OwnerStep[] steps)
    {
        TheoryData<OwnerStep, int> data = [];
        foreach (OwnerStep step in steps)
        {
            data.Add(step, 0);
            data.Add(step, 1);
            data.Add(step, 2);
        }

        return data;
    }
}
