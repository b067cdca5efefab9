using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Verifies a repository: reads and decodes every byte, and reports what does not match.</summary>
public static class RepositoryVerifier
{
    /// <summary>Verifies an open repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="only">One set; null = all sets. See the remarks of the other overload.</param>
    /// <param name="progress">Receives the progress synchronously, from several threads; or null.</param>
    /// <param name="samplePercent">How much of the data is read, in percent of its segment files, chosen at random each time: 1 to 100. Of the others only presence and
    /// length are checked. Ignored for an encrypted repository without a key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The report.</returns>
    /// <exception cref="RepositoryException">NoSuchSet, NotPermitted, Io.</exception>
    public static ValueTask<VerifyReport> VerifyAsync(
        BackupRepository repository, SetId? only = null, IProgress<VerifyProgress>? progress = null, int samplePercent = 100, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        IRepositoryStorage storage = repository.Storage is EncryptedStorage encrypted ? encrypted.Clear : repository.Storage;
        return VerifyAsync(storage, repository.Options, only, progress, samplePercent, cancellationToken);
    }

    /// <summary>Verifies a repository that may be damaged. Damage is a problem in the report, not an exception.</summary>
    /// <param name="storage">The storage of the repository.</param>
    /// <param name="options">The options; the number of workers, the key and what concerns an old copy are used.</param>
    /// <param name="only">One set; null = all sets.</param>
    /// <param name="progress">Receives the progress synchronously, from several threads; or null.</param>
    /// <param name="samplePercent">How much of the data is read, in percent of its segment files, chosen at random each time: 1 to 100. Of the others only presence and
    /// length are checked. Ignored for an encrypted repository without a key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The report.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, NoSuchSet, NotPermitted, Io. WrongKey: a key was given that does not open it.</exception>
    /// <remarks>
    /// It takes no lock, and may run beside a writer; sets that are committed after it began are not verified.
    /// Of an encrypted repository without a key, damage of the stored files is found by their sums, and a note says that nothing was decrypted.
    /// One set is read with all sections that it refers to; of the earlier sets that its chain needs, only their presence is checked.
    /// </remarks>
    public static async ValueTask<VerifyReport> VerifyAsync(
        IRepositoryStorage storage, RepositoryOptions options, SetId? only = null, IProgress<VerifyProgress>? progress = null, int samplePercent = 100,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(samplePercent, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samplePercent, 100);
        options.Validate();
        List<VerifyProblem> problems = [];
        List<string> notes = [];
        FormatRecord? format = await TopLevelCheck.CheckFormatAsync(storage, problems, cancellationToken);
        if (format is { IsEncrypted: true })
        {
            await TopLevelCheck.CheckKeysAsync(storage, format.RepositoryId, problems, cancellationToken);
            if (options.Key is null)
            {
                return await SumsCheck.RunAsync(storage, format.RepositoryId, only, problems, notes, progress, cancellationToken);
            }
        }

        if (format is not null)
        {
            storage = (await RepositoryAccess.OpenAsync(storage, options.Key, cancellationToken)).Storage;
        }

        Hash128? repositoryId = format?.RepositoryId;
        SetCatalog catalog = await CatalogReader.ReadAsync(storage, repositoryId, cancellationToken);
        if (storage is EncryptedStorage { Keys: { Epoch: > 1, Seal: null } })
        {
            notes.Add("The keys were changed by an older version of Conn, which did not seal what was stored: a file that somebody adds with an old key is not found. "
                + "Change the keys once more (conn key rotate).");
        }

        if (storage is EncryptedStorage encrypted && options.StateFolder is { } state && !options.AcceptRollback
            && await new RepositoryMemory(state, repositoryId!.Value.ToString()).FindRollbackAsync(catalog.Index, encrypted, cancellationToken) is { } older)
        {
            problems.Add(new VerifyProblem(CatalogReader.Repository, null, older));
        }

        List<BackupSet> sets = [.. catalog.Sets.All.Where(set => only is null || set.Id == only)];
        foreach (SetProblem problem in catalog.Sets.Problems)
        {
            if (only is null || problem.Set == only.Value.Text || problem.Set == CatalogReader.Repository)
            {
                problems.Add(new VerifyProblem(problem.Set, null, problem.What));
            }
        }

        if (only is { } missing && sets.Count == 0 && !catalog.Sets.Problems.Any(problem => problem.Set == missing.Text))
        {
            throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository at {storage.Place} lists no set {missing}.", missing.Text);
        }

        if (catalog.IndexWasRead)
        {
            // These sets are listed although the stored index lacks them, and the next writer adds them to it: notes, not problems.
            notes.AddRange(catalog.IndexChanges);
        }

        notes.AddRange(catalog.Foreign);
        await TopLevelCheck.CheckFilesAsync(storage, problems, notes, cancellationToken);
        VerifyRun run = new(storage, options.Workers, catalog.Sets, sets, readReferences: only is not null, progress)
        {
            SamplePercent = samplePercent, Random = options.Random ?? Random.Shared,
        };
        await run.RunAsync(cancellationToken);
        problems.AddRange(run.Problems);
        notes.AddRange(run.Notes);
        return new VerifyReport
        {
            Sets = sets.Count,
            Sections = run.Sections,
            Bytes = run.Bytes,
            Problems = problems,
            Damaged = [.. DamagedOwner.Find(catalog.Sets, problems)],
            Notes = notes,
        };
    }
}
