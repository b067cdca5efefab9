using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A committed set as the index knows it.</summary>
internal sealed record IndexedSet(SetId Id, long Sequence, byte[] ManifestSha);
