using Conn.Repository.Format;
using Conn.Repository.Restores;

namespace Conn.Repository.Sets;

/// <summary>Everything that is committed, at one point in time. Invariant: index and folders agree, or the difference is a problem.</summary>
internal sealed record SetCatalog
{
    /// <summary>The committed sets.</summary>
    public required SetList Sets { get; init; }

    /// <summary>The index that the next writer must write: with sets and restores that a killed writer did not add, and rebuilt if it was unreadable.</summary>
    public required IndexRecord Index { get; init; }

    /// <summary>The restores that can be read, by rising number.</summary>
    public required IReadOnlyList<RestoreRecord> Restores { get; init; }

    /// <summary>Highest sequence at which an unreadable restore was committed; -1 = none. The parents of owners last stored up to there are unknown.</summary>
    public required long UnknownParentsUpTo { get; init; }

    /// <summary>The differences between the stored index and <see cref="Index"/>, as sentences; usually empty.</summary>
    public required IReadOnlyList<string> IndexChanges { get; init; }

    /// <summary>Folders of sets whose removal was interrupted.</summary>
    public required IReadOnlyList<string> RemovalFolders { get; init; }

    /// <summary>Files and folders beside sets and restores that are not part of the repository, as sentences.</summary>
    public required IReadOnlyList<string> Foreign { get; init; }

    /// <summary>True if the stored index could be read.</summary>
    public required bool IndexWasRead { get; init; }
}
