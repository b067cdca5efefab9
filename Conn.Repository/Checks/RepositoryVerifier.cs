using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Reads and decodes every byte of a repository and says what does not match.</summary>
public static class RepositoryVerifier
{
    /// <summary>Verifies an open repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="only">One set; null = all.</param>
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
    /// <param name="only">One set; null = all.</param>
    /// <param name="progress">Told synchronously, from several threads; or null.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, NoSuchSet, NotPermitted, Io.</exception>
    public static ValueTask<VerifyReport> VerifyAsync(
        IRepositoryStorage storage, RepositoryOptions options, SetId? only, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
