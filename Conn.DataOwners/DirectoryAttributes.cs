using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;

namespace Conn.DataOwners;

/// <summary>Reads the extended attributes and ACLs that a <see cref="DirectoryDataOwner"/> stored of an entry.</summary>
public static class DirectoryAttributes
{
    /// <summary>Reads the attributes of an entry that <see cref="DirectoryContent"/> listed or extracted.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>The attributes, in the order of their names; empty for none.</returns>
    /// <exception cref="ConnException">Corrupt: the bytes are not those of a directory owner.</exception>
    public static IReadOnlyList<ContentAttribute> Of(ContentEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ReadOnlySpan<byte> set = entry.ExtendedAttributes.Span;
        ExtendedSet.Check(set);
        List<ContentAttribute> attributes = [];
        WireReader wire = new(set);
        while (ExtendedSet.TryNext(ref wire, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (!ExtendedSet.IsAccountName(name))
            {
                attributes.Add(new ContentAttribute(name.ToArray(), value.ToArray())
                {
                    AclText = ExtendedSet.IsAcl(name) ? AclEntries.TextOf(value, set) : null,
                    IsDefaultAcl = name.SequenceEqual(ExtendedSet.DefaultAcl[..^1]),
                });
            }
        }

        return attributes;
    }
}
