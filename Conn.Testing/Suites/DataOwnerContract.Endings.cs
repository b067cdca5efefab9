#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Operations that end early: stopped, cancelled, terminated once or twice, or by the end of the process.</summary>
public abstract partial class DataOwnerContract
{
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
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams parent = await BackupAsync(subject);
        subject.Change(1);
        string before = subject.Image();
        OwnerDriver driver = new(subject, Token) { StopAt = step, BackupBytes = 64, RestoreBytes = 5 };

        _ = await driver.BackupAsync(parent);
        await EndAsync(subject, driver, terminates);

        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
        StoredStreams next = await BackupAsync(subject, parent);
        await RestoreAsync(subject, next.IsIncrement ? [parent, next] : [next]);
        await WorksAsync(subject);
    }

    /// <summary>The number is how often Terminate is called; 0 means that the process ended instead.</summary>
    [Theory]
    [MemberData(nameof(RestoreSteps))]
    public async Task A_restore_can_end_at_any_step_and_leaves_the_data_unchanged(OwnerStep step, int terminates)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, 2);
        subject.Change(99);
        string before = subject.Image();
        OwnerDriver driver = new(subject, Token) { StopAt = step, RestoreBytes = 5 };

        if (await driver.StageAsync(chain))
        {
            _ = await driver.PrepareAsync();
        }

        await EndAsync(subject, driver, terminates);

        Assert.Equal(before, subject.Image());
        await RecoverAsync(subject);
        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
        await RestoreAsync(subject, chain);
        await WorksAsync(subject);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Terminate_without_an_operation_is_harmless(bool fresh)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        if (!fresh)
        {
            _ = await BackupAsync(subject);
        }

        string before = subject.Image();
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);

        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
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
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams parent = await BackupAsync(subject);
        string before = subject.Image();
        using CancellationTokenSource cancel = new();
        OwnerDriver driver = Cancelling(subject, cancel, step);

        await MayFailAsync(() => driver.BackupAsync(parent));
        await driver.TerminateAsync();

        Assert.Equal(before, subject.Image());
        HoldsNothing(subject);
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
        await using DataOwnerSubject subject = await CreateAsync();
        List<StoredStreams> chain = await ChainAsync(subject, 1);
        subject.Change(99);
        string before = subject.Image();
        using CancellationTokenSource cancel = new();
        OwnerDriver driver = Cancelling(subject, cancel, step);

        await MayFailAsync(async () =>
        {
            if (await driver.StageAsync(chain))
            {
                await driver.PrepareAsync();
            }
        });
        await driver.TerminateAsync();

        Assert.Equal(before, subject.Image());
        await RecoverAsync(subject);
        HoldsNothing(subject);
        await RestoreAsync(subject, chain);
    }

    /// <summary>Only recovery drops what was prepared.</summary>
    private static async Task RecoverAsync(DataOwnerSubject subject)
    {
        _ = await Driver(subject).RecoverAsync();
        await subject.Client.TerminateMultiStageOperationAsync(CancellationToken.None);
    }

    private static OwnerDriver Cancelling(DataOwnerSubject subject, CancellationTokenSource cancel, OwnerStep step)
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

    private static async Task EndAsync(DataOwnerSubject subject, OwnerDriver driver, int terminates)
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
