using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A committed set in the index.</summary>
internal sealed record IndexedSet(SetId Id, long Sequence, Sha256Hash ManifestSha);
