using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Finds what interrupted restores left beside a target: finishes what had begun to be put in place, removes the rest, leaves what a live process
/// holds.</summary>
internal static class StagingRecovery
{
    internal static void Run(RestoreTarget target, List<string> notes, CancellationToken cancellationToken)
    {
        var names = new NameList();
        int error = FolderHandle.Open(RawPath.FromText(target.Parent), out FolderHandle parent);
        using (parent)
        {
            error = error == 0 ? names.Fill(parent.Descriptor, new byte[32 * 1024]) : error;
        }

        if (error == Errno.Access && Kernel.MayChange(RawPath.FromText(target.Parent)))
        {
            notes.Add($"The folder '{target.Parent}' may not be listed: whether an interrupted restore of '{target.Path}' left anything in it cannot be seen.");
        }

        // Where this user may not make an entry, or where no folder is, it has staged nothing.
        if (error != Errno.Access && !Presence.IsAbsent(error))
        {
            Errno.Check(error, $"The folder '{target.Parent}' cannot be listed");
        }

        for (int i = 0; i < names.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!names[i].StartsWith(StagingPlace.Prefix))
            {
                continue;
            }

            string work = Encoding.UTF8.GetString(names[i][..^1]);
            if (StagingPlace.IsWorkOf(target.Owner, work))
            {
                notes.Add(TryRecoverOne(target, work[..^StagingPlace.WorkSuffix.Length]));
            }
        }
    }

    /// <summary>What cannot be recovered is told, and does not stop a backup.</summary>
    private static string TryRecoverOne(RestoreTarget target, string name)
    {
        try
        {
            return RecoverOne(target, name);
        }
        catch (ConnException failure)
        {
            return $"The restore staged as '{name}' in '{target.Parent}' could not be recovered: {failure.Message}";
        }
    }

    private static string RecoverOne(RestoreTarget target, string name)
    {
        using Staging? staging = Staging.TakeUp(target, name);
        if (staging is null)
        {
            return $"The restore staged as '{name}' in '{target.Parent}' is in use by another process and left alone.";
        }

        RestoreJournal? journal = staging.Work.ReadJournal();
        bool begun = staging.Work.HasBegun;
        if (journal is not null && begun)
        {
            return Finish(target, staging, journal);
        }

        // The journal of a finished restore is removed first, and the mark with the work folder; a version before this one did it the other way round.
        bool done = begun || (journal is not null && new RestoreSwap(staging, journal, null).IsInPlace);
        bool staged = Presence.Look(staging.Parent.Descriptor, staging.TreeName, out _);
        return staging.Drop() is { } problem
            ? $"Of an interrupted restore of '{target.Path}', {problem}."
            : $"What an interrupted restore had staged as '{name}' in '{target.Parent}' was removed"
                + (done ? "; its data had been put in place." : staged ? "; nothing of it had been put in place." : ".");
    }

    private static string Finish(RestoreTarget target, Staging staging, RestoreJournal journal)
    {
        var swap = new RestoreSwap(staging, journal, null) { KeepsLaterWritesIn = target.Parent };
        if (journal.Target != target.Name || !swap.IsPossible)
        {
            return $"The restore staged as '{staging.Name}' in '{target.Parent}' had begun to be put in place at '{journal.Target}' and cannot be "
                + "finished here; it is left alone.";
        }

        string? left = swap.Run();
        return $"A restore of '{target.Path}' that was interrupted was put in place{(left is null ? string.Empty : ", but " + left)}."
            + (System.IO.Directory.Exists(System.IO.Path.Combine(target.Parent, swap.KeptName)) ? $" What was written to it since is in '{swap.KeptName}' beside it." : string.Empty);
    }
}
