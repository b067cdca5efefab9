namespace Conn.DataOwners.Directory;

/// <summary>Finds the stream of a chain that holds the content of each wanted entry, from the newest stream back to the base: the way that renames, hard links
/// and changed attributes went.</summary>
internal sealed class ContentLocator(StoredChain chain)
{
    /// <summary>Finds the content of all entries. Each stream is read once, an increment with links or renames a few times.</summary>
    /// <returns>For each stream the entries whose content it holds, by their path in it.</returns>
    internal async ValueTask<WantedEntries[]> LocateAsync(WantedEntries wanted, CancellationToken cancellationToken)
    {
        WantedEntries[] located = [.. Enumerable.Range(0, chain.Count).Select(static _ => new WantedEntries())];
        for (int i = chain.Count - 1; i >= 0 && wanted.Count > 0; i--)
        {
            (wanted, bool isBase) = await LocateAsync(i, wanted, located[i], cancellationToken);
            if ((isBase || i == 0) && wanted.Count > 0)
            {
                throw WireReader.Corrupt($"the snapshot lists '{wanted.Any()}', and the data does not hold it");
            }
        }

        return located;
    }

    /// <returns>What the stream does not hold, by its path in the stream before.</returns>
    private async ValueTask<(WantedEntries Before, bool IsBase)> LocateAsync(int index, WantedEntries wanted, WantedEntries found, CancellationToken cancellationToken)
    {
        WantedEntries before = new();
        List<(int Number, WantedEntry Wanted)> moved = [];
        bool isBase = index == 0;

        // A further name leads to a first name of the same state, which is less than it: this ends.
        for (WantedEntries next = wanted; next.Count > 0;)
        {
            LocatingScan scan = new(next, found, index);
            await chain.ScanAsync(index, scan, cancellationToken);
            moved.AddRange(scan.Moved);
            before.AddAll(next);
            isBase |= scan.IsBase;
            next = scan.Aliases;
        }

        if (moved.Count > 0)
        {
            KeepScan keeps = new(moved, before);
            await chain.ScanAsync(index, keeps, cancellationToken);
            if (keeps.Left > 0)
            {
                throw WireReader.Corrupt("a kept file was not set aside");
            }
        }

        before.ForgetDiscards();
        return (before, isBase);
    }
}
