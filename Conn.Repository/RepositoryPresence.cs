namespace Conn.Repository;

/// <summary>Specifies what <see cref="BackupRepository.ProbeAsync"/> found at a place.</summary>
public enum RepositoryPresence
{
    /// <summary>Nothing, an empty folder, or a creation that was interrupted before anything was stored.</summary>
    Nothing,

    /// <summary>A repository. It can be of a newer format; then <see cref="BackupRepository.OpenAsync(string, RepositoryOptions, CancellationToken)"/> refuses it.</summary>
    Repository,

    /// <summary>Files that do not belong to a repository.</summary>
    Foreign,

    /// <summary>A repository whose format file is missing or damaged. A verification reports the details.</summary>
    Damaged,
}
