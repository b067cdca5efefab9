namespace Conn.Testing.Owners;

/// <summary>Says in words where in an operation a step is.</summary>
internal static class OwnerSteps
{
    /// <summary>Gets the place of a step: "after ...", or "before ...".</summary>
    /// <param name="step">The step.</param>
    /// <returns>The words.</returns>
    public static string Words(this OwnerStep step) => step switch
    {
        OwnerStep.SnapshotOpened => "after a first piece of the old snapshot",
        OwnerStep.SnapshotGiven => "after the old snapshot was given",
        OwnerStep.AllSupplied => "before any data was taken",
        OwnerStep.SizeAsked => "after the size was asked for",
        OwnerStep.DataOpened => "after InitialiseGetBackupData and before the first section",
        OwnerStep.SectionTaken => "after the first section",
        OwnerStep.TwoSectionsTaken => "after the second section",
        OwnerStep.DataTaken => "after the last section and before the new snapshot",
        OwnerStep.SnapshotPieceTaken => "after a first piece of the new snapshot",
        OwnerStep.SnapshotTaken => "after the new snapshot",
        OwnerStep.BaseOpened => "after InitialiseRestoreBaseData",
        OwnerStep.BaseSectionGiven => "after the first section of the base",
        OwnerStep.BaseGiven => "after the base",
        OwnerStep.IncrementOpened => "after InitialiseRestoreIncrementData",
        OwnerStep.IncrementSectionGiven => "after the first section of an increment",
        OwnerStep.IncrementGiven => "after the first increment",
        OwnerStep.AllGiven => "after all data was given",
        OwnerStep.Prepared => "after PrepareRestore",
        _ => "at its end",
    };
}
