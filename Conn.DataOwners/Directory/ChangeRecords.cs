namespace Conn.DataOwners.Directory;

/// <summary>The parts of an increment that come before its entries: files of the tree so far that are set aside, and what is deleted from it.</summary>
internal sealed class ChangeRecords(BackupContext context)
{
    /// <summary>Says which files of the tree so far are put aside before anything is deleted.</summary>
    internal IEnumerable<bool> Keeps(OldSnapshot snapshot)
    {
        context.Encoder.BeginPart();
        SnapshotReader old = snapshot.Read();
        var entry = new TreeEntry();
        for (int number = 0; context.Moved.Count > 0 && old.TryRead(entry);)
        {
            int index = entry.Kind == EntryKind.File ? context.Moved.IndexOf(entry) : -1;
            if (index >= 0 && context.Moved.TryNumber(index, number))
            {
                context.Encoder.Keep(number++, entry.Path.Span);
                while (context.Filler.IsBlocked)
                {
                    yield return true;
                }
            }
        }
    }

    /// <summary>Deletes what is gone, top-most only, and folders that became something else.</summary>
    internal IEnumerable<bool> Deletes(OldSnapshot snapshot)
    {
        context.Encoder.BeginPart();
        var merge = new TreeMerge(context.Catalogue.Read(), snapshot.Read());
        var top = new PathBuffer();
        while (merge.Next())
        {
            bool gone = merge.Old is { } old && (merge.New is null || (old.Kind == EntryKind.Folder && merge.New.Kind != EntryKind.Folder));
            if (gone && (top.Length == 0 || !RawPath.IsBelow(merge.Old!.Path.Span, top.Span)))
            {
                top.Set(merge.Old!.Path.Span);
                context.Encoder.Bare(RecordKind.Delete, top.Span);
                while (context.Filler.IsBlocked)
                {
                    yield return true;
                }
            }
        }
    }
}
