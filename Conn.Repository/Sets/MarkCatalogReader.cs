using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads the marks for a <see cref="CatalogReader"/>. Invariant: a mark that cannot be read, and a hold that was lost, is a problem, and its set stays
/// listed.</summary>
internal sealed class MarkCatalogReader(IRepositoryStorage storage, Hash128? repositoryId, List<SetProblem> problems, List<string> foreign)
{
    /// <param name="isKnown">Returns whether the index lists a set, or is about to remove it.</param>
    /// <param name="held">The sets that the index says are held.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<MarkCatalog> ReadAsync(Func<NumberedId, bool> isKnown, IEnumerable<NumberedId> held, CancellationToken cancellationToken)
    {
        Dictionary<SetId, SetMark> marks = [];
        HashSet<SetId> unreadable = [];

        // The folder is made with the first mark.
        foreach (StorageEntry entry in await FolderListing.ListAsync(storage, RepositoryLayout.Marks, what => problems.Add(new SetProblem(CatalogReader.Repository, what)), cancellationToken) ?? [])
        {
            string path = RepositoryLayout.Marks + "/" + entry.Name;
            if (entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!RepositoryLayout.TryParseNumbered(entry.Name, out long sequence, out SetId id) || !isKnown(new NumberedId(sequence, id)))
            {
                foreign.Add($"{path} marks no set of the repository.");
                continue;
            }

            try
            {
                // A writer may have removed it since the folder was listed.
                if (await RecordFile.ReadAsync(storage, path, cancellationToken) is { } bytes && !marks.TryAdd(id, Open(bytes, sequence, id)))
                {
                    foreign.Add($"{path} marks a set that another file marks already.");
                }
            }
            catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
            {
                unreadable.Add(id);
                problems.Add(new SetProblem(id.Text, $"{path}: {error.Message} The set is kept until it is held or released again.")
                {
                    Failure = error.Failure, IsOfMark = true, IsForged = error.IsForged,
                });
            }
        }

        FindLostHolds(held, marks, unreadable);
        return new MarkCatalog(marks, unreadable);
    }

    // What a mark in the place of a hold says of the parts stays; that it hides the set does not count.
    private void FindLostHolds(IEnumerable<NumberedId> held, Dictionary<SetId, SetMark> marks, HashSet<SetId> unreadable)
    {
        foreach (NumberedId set in held.Where(set => !unreadable.Contains(set.Id) && marks.GetValueOrDefault(set.Id) is not { Kind: SetMarkKind.Held }))
        {
            string path = RepositoryLayout.MarkPath(set.Number, set.Id);
            string what = "is missing";
            if (marks.TryGetValue(set.Id, out SetMark? other))
            {
                marks[set.Id] = other with { Kind = SetMarkKind.None };
                what = "is another one";
            }

            unreadable.Add(set.Id);
            problems.Add(new SetProblem(set.Id.Text,
                $"The index lists the set as held, but {path} {what}: another program removed the hold. The set is kept until it is held or released again.")
            {
                IsOfMark = true,
            });
        }
    }

    private SetMark Open(byte[] bytes, long sequence, SetId id)
    {
        (Hash128 repository, SetMark mark) = StoredMark.Open(bytes);
        return mark.Set == id && mark.Sequence == sequence && (repositoryId is null || repository == repositoryId)
            ? mark
            : throw CheckedRecord.Damaged(RecordKind.Mark, "it is the mark of another set");
    }
}
