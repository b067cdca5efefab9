using Conn.Repository.Format;

namespace Conn.Repository.Restores;

/// <summary>The committed restores, by rising number, as they were read and as the index must list them.</summary>
/// <param name="Records">The records that can be read.</param>
/// <param name="Indexed">All restores, also those whose record cannot be read.</param>
/// <param name="LastNumber">The highest number; 0 = none.</param>
/// <param name="UnknownParentsUpTo">Highest sequence at which an unreadable restore was committed; -1 = none.</param>
internal sealed record RestoreCatalog(
    IReadOnlyList<RestoreRecord> Records, IReadOnlyList<IndexedRestore> Indexed, long LastNumber, long UnknownParentsUpTo);
