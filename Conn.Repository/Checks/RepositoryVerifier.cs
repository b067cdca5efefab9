using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Reads and decodes every byte of a repository and says what does not match.</summary>
public static class RepositoryVerifier
{
    /// <summary>Verifies an open repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="only">One set; null = all. One set is read with all sections it refers to; of the sets its chain needs it is only checked that they are there.</param>
    /// <param name="progress">Told synchronously, from several threads; or null.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NoSuchSet, NotPermitted, Io.</exception>
    public static ValueTask<VerifyReport> VerifyAsync(
        BackupRepository repository, SetId? only, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return VerifyAsync(repository.Storage, repository.Options, only, progress, cancellationToken);
    }

    /// <summary>Verifies whatever is left of a repository: what is damaged is a problem in the report, not an exception.</summary>
    /// <param name="storage">Where it is.</param>
    /// <param name="options">Workers are taken from here.</param>
    /// <param name="only">One set; null = all. One set is read with all sections it refers to; of the sets its chain needs it is only checked that they are there.</param>
    /// <param name="progress">Told synchronously, from several threads; or null.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, NoSuchSet, NotPermitted, Io.</exception>
    /// <remarks>Takes no lock and may run beside a writer: sets committed meanwhile are not looked at.</remarks>
    public static async ValueTask<VerifyReport> VerifyAsync(
        IRepositoryStorage storage, RepositoryOptions options, SetId? only, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var problems = new List<VerifyProblem>();
        var notes = new List<string>();
        var repositoryId = await WholeCheck.FormatAsync(storage, problems, cancellationToken);
        var catalog = await CatalogReader.ReadAsync(storage, repositoryId, cancellationToken);
        var sets = only is { } id ? catalog.Sets.Where(set => set.Id == id).ToList() : [.. catalog.Sets];
        foreach (var problem in catalog.Sets.Problems)
        {
            if (only is null || problem.Set == only.Value.Text || problem.Set == WholeCheck.Repository)
            {
                problems.Add(new VerifyProblem(problem.Set, null, problem.What));
            }
        }

        if (only is { } missing && sets.Count == 0 && !catalog.Sets.Problems.Any(problem => problem.Set == missing.Text))
        {
            throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository at {storage.Place} lists no set {missing}.", missing.Text);
        }

        if (catalog.IndexIsGood)
        {
            // Said by the index, and therefore already put right in what is listed: worth knowing, not wrong.
            notes.AddRange(catalog.Changes.Select(static change => change.Replace("it is in the index now", "the next writer puts it in the index", StringComparison.Ordinal)));
        }

        await WholeCheck.LeftoversAsync(storage, problems, notes, cancellationToken);
        var run = new VerifyRun(storage, options.Workers, catalog.Sets, sets, readReferences: only is not null, progress);
        await run.RunAsync(cancellationToken);
        problems.AddRange(run.Problems);
        return new VerifyReport
        {
            Sets = sets.Count,
            Sections = run.Sections,
            Bytes = run.Bytes,
            Problems = problems,
            Notes = notes,
        };
    }
}
