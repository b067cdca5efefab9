using Conn.Repository.Format;
using Conn.Repository.Restores;

namespace Conn.Repository.Sets;

/// <summary>Everything committed, as one consistent look at the storage found it: index and folders agree, or the difference is a problem.</summary>
internal sealed record SetCatalog
{
    /// <summary>The committed sets.</summary>
    public required SetList Sets { get; init; }

    /// <summary>The index as the next writer must write it: adopted sets and restores included, rebuilt when it could not be read.</summary>
    public required IndexRecord Index { get; init; }

    /// <summary>Restores that can be read, by number.</summary>
    public required IReadOnlyList<RestoreRecord> Restores { get; init; }

    /// <summary>Highest sequence at which a restore was made whose record cannot be read; -1 = none. Up to there parents are in doubt.</summary>
    public required long DoubtfulUpTo { get; init; }

    /// <summary>What differs between the stored index and <see cref="Index"/>; empty as a rule.</summary>
    public required IReadOnlyList<string> Changes { get; init; }

    /// <summary>Folders that an interrupted removal left; not sets any more.</summary>
    public required IReadOnlyList<string> DoomedFolders { get; init; }

    /// <summary>True when the stored index could be read.</summary>
    public required bool IndexIsGood { get; init; }
}
