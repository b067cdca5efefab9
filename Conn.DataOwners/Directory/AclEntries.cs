using System.Buffers.Binary;

namespace Conn.DataOwners.Directory;

/// <summary>The entries of a POSIX ACL in the form of the kernel: a version, then tag, rights and number of each.</summary>
internal static class AclEntries
{
    private const int HeaderBytes = 4;
    private const int EntryBytes = 8;
    private const int NumberOffset = 4;
    private const int User = 0x02;
    private const int Group = 0x08;

    /// <summary>Finds the users and groups that an ACL names, and where their numbers stand.</summary>
    internal static List<(bool IsGroup, uint Number, int Offset)> Of(ReadOnlySpan<byte> acl)
    {
        List<(bool IsGroup, uint Number, int Offset)> found = [];
        for (int at = HeaderBytes; at + EntryBytes <= acl.Length; at += EntryBytes)
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(acl[at..]);
            if (tag is User or Group)
            {
                found.Add((tag == Group, BinaryPrimitives.ReadUInt32LittleEndian(acl[(at + NumberOffset)..]), at + NumberOffset));
            }
        }

        return found;
    }
}
