#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Data that changes while a backup runs, and changes that are hard to notice. Part of <see cref="DataOwnerContract"/>.</summary>
/// <remarks>
/// What changes during a backup may or may not be in that backup. What may never happen is that the next increment leaves it out: then no backup has it. An
/// owner loses it so if its snapshot describes a later moment than its data.
/// </remarks>
public abstract class DataOwnerChangeContract : DataOwnerDamageContract
{
    private const string MomentRule =
        "What changes during a backup must be in it or in the next increment: the snapshot describes the data that was handed over, not the data of a later moment.";

    public static TheoryData<OwnerStep, bool> StepsOfBase => Steps(
        OwnerStep.AllSupplied, OwnerStep.SizeAsked, OwnerStep.DataOpened, OwnerStep.SectionTaken, OwnerStep.TwoSectionsTaken, OwnerStep.DataTaken,
        OwnerStep.SnapshotPieceTaken, OwnerStep.SnapshotTaken);

    public static TheoryData<OwnerStep, bool> StepsOfIncrement => Steps(
        OwnerStep.SnapshotOpened, OwnerStep.SnapshotGiven, OwnerStep.AllSupplied, OwnerStep.SizeAsked, OwnerStep.DataOpened, OwnerStep.SectionTaken,
        OwnerStep.TwoSectionsTaken, OwnerStep.DataTaken, OwnerStep.SnapshotPieceTaken, OwnerStep.SnapshotTaken);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_change_that_keeps_every_length_is_in_the_next_increment(int changes)
    {
        await using TestedOwner subject = await OpenAsync("An increment must hold what changed, also if no length, number or name changed with it.");
        StoredStreams last = await BackupAsync(subject);
        for (int i = 1; i <= changes; i++)
        {
            string before = subject.Image();
            subject.ChangeInPlace(i);
            subject.Must(before != subject.Image(), "ChangeInPlace made no difference to Image, and the suite needs one");
            last = await BackupAsync(subject, last);
        }

        subject.Change(99);
        await RestoreAsync(subject, last);
    }

    [Theory]
    [MemberData(nameof(StepsOfBase))]
    public async Task What_changes_during_a_base_is_in_it_or_in_the_next_increment(OwnerStep step, bool inPlace)
    {
        await using TestedOwner subject = await OpenAsync(MomentRule);
        StoredStreams first = await BackupAsync(subject, driver: Changing(subject, step, inPlace));
        StoredStreams next = await BackupAsync(subject, first);
        subject.Change(99);

        await RestoreAsync(subject, next);
    }

    [Theory]
    [MemberData(nameof(StepsOfIncrement))]
    public async Task What_changes_during_an_increment_is_in_it_or_in_the_next_one(OwnerStep step, bool inPlace)
    {
        await using TestedOwner subject = await OpenAsync(MomentRule);
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first, Changing(subject, step, inPlace));
        StoredStreams next = await BackupAsync(subject, second);
        subject.Change(99);

        await RestoreAsync(subject, next);
    }

    /// <summary>Small buffers, so that data and snapshot have pieces between which the data can change.</summary>
    private static OwnerDriver Changing(TestedOwner subject, OwnerStep step, bool inPlace)
    {
        Assert.SkipUnless(subject.ChangesDuringBackup, "The owner keeps its data from changing while a backup runs.");
        return new OwnerDriver(subject, Token) { BackupBytes = 7, ChangeAt = step, ChangesInPlace = inPlace };
    }

    private static TheoryData<OwnerStep, bool> Steps(params OwnerStep[] steps)
    {
        TheoryData<OwnerStep, bool> data = [];
        foreach (OwnerStep step in steps)
        {
            data.Add(step, false);
            data.Add(step, true);
        }

        return data;
    }
}
