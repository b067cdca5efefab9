namespace Conn.Repository;

/// <summary>What is found at a place where a repository may be.</summary>
public enum RepositoryPresence
{
    /// <summary>Nothing, or an empty folder, or a creation that was interrupted before anything was stored.</summary>
    Nothing,

    /// <summary>A repository (also of a newer format: opening it says so).</summary>
    Repository,

    /// <summary>Something else.</summary>
    Foreign,

    /// <summary>A Conn repository by its look, but its format file is missing or bad. Verify names what is wrong.</summary>
    Damaged,
}
