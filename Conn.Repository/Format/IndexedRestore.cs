using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A committed restore in the index: enough to know which parents are in doubt when its record cannot be read.</summary>
internal sealed record IndexedRestore(long Number, SetId Id, long Sequence);
