using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Puts a prepared tree in place. Where the new tree's inode is says how far it came, so that every step can be repeated after a crash.</summary>
/// <param name="staging">The prepared place.</param>
/// <param name="journal">What was prepared.</param>
/// <param name="beforeStep">A seam for tests, called with the name of each step before it is done; null for none.</param>
internal sealed class RestoreSwap(Staging staging, RestoreJournal journal, Action<string>? beforeStep)
{
    private const int HexDigits = 16;

    private int Parent => staging.Parent.Descriptor;

    private byte[] Target => RawPath.FromText(journal.Target);

    /// <summary>The folder of the target, for a restore that is carried through by a later run: what was written to the replaced tree since the restore was prepared is in no
    /// backup, so that tree is kept as <see cref="KeptName"/>. Null, the default: it is removed.</summary>
    internal string? KeepsLaterWritesIn { get; init; }

    /// <summary>The name of a replaced tree that is kept, beside the target.</summary>
    internal string KeptName => $"{journal.Target}.before-restore-{staging.Name[^HexDigits..]}";

    /// <summary>Whether the new tree is in place already.</summary>
    internal bool IsInPlace => IsNew(Target);

    /// <summary>Whether the new tree is still where it was staged, or in place.</summary>
    internal bool IsPossible => IsInPlace || IsNew(staging.TreeName);

    /// <param name="mayGoOn">Whether there is time to remove more of the replaced tree; null for no limit.</param>
    /// <returns>Null, or what was left behind and why: the new tree is in place in any case.</returns>
    internal string? Run(Func<bool>? mayGoOn = null)
    {
        Step("begin");
        staging.Work.MarkBegun();
        if (!IsInPlace)
        {
            Replace();
        }

        Step("sync");
        Errno.Check(Kernel.Sync(Parent), $"The folder that holds '{journal.Target}' cannot be synchronised");
        KeepLaterWrites();
        Step("remove");
        return staging.Drop(mayGoOn);
    }

    private void KeepLaterWrites()
    {
        foreach (string name in KeepsLaterWritesIn is null ? (string[])[] : [staging.Name, staging.Name + StagingPlace.OldSuffix])
        {
            if (LaterWrites.Find(System.IO.Path.Combine(KeepsLaterWritesIn!, name), staging.Work.PreparedAt) is not null)
            {
                Errno.Check(Kernel.Rename(Parent, RawPath.FromText(name), Parent, RawPath.FromText(KeptName), RenameMode.KeepExisting), $"'{name}', which holds what was "
                    + $"written to '{journal.Target}' since its restore was prepared, cannot be kept as '{KeptName}'");
            }
        }
    }

    private void Replace()
    {
        if (Presence.Look(Parent, Target, out _))
        {
            Step("exchange");
            int error = ForceTwoRenames ? Errno.Invalid : Kernel.Rename(Parent, staging.TreeName, Parent, Target, RenameMode.Exchange);
            if (error == 0)
            {
                return;
            }

            if (error is not (Errno.Invalid or Errno.NotImplemented or Errno.NotSupported))
            {
                throw Failure(error);
            }

            Step("aside");
            error = Kernel.Rename(Parent, Target, Parent, staging.OldName, RenameMode.Replace);
            if (error != 0)
            {
                throw Failure(error);
            }
        }

        Step("rename");
        int last = Kernel.Rename(Parent, staging.TreeName, Parent, Target, RenameMode.Replace);
        if (last != 0)
        {
            throw Failure(last);
        }
    }

    /// <summary>For tests: as on a file system that cannot exchange.</summary>
    internal bool ForceTwoRenames { get; init; }

    private bool IsNew(ReadOnlySpan<byte> name) =>
        Presence.Look(Parent, name, out FileStatus status) && status.Inode == journal.Inode && status.Device == journal.Device;

    private void Step(string name) => beforeStep?.Invoke(name);

    private ConnException Failure(int error) => Errno.Failure(error, $"The restored folder '{journal.Target}' could not be put in place; it is "
        + $"staged as '{staging.Name}', and the next run tries again");
}
