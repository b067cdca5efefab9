using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Conn.DataOwners.Directory;

/// <summary>The entries of a POSIX ACL in the form of the kernel: a version, then tag, rights and number of each.</summary>
internal static class AclEntries
{
    private const int HeaderBytes = 4;
    private const int EntryBytes = 8;
    private const int NumberOffset = 4;
    private const int User = 0x02;
    private const int Group = 0x08;
    private const uint Version = 2;

    // What would be taken for the end of a name in the text of an ACL.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\r\n,:#");

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

    /// <summary>Writes an ACL as text, in the form of setfacl and tar: one entry a line, users and groups by the names in the set of the entry, else by their
    /// numbers.</summary>
    /// <returns>Null if it is in no known form.</returns>
    internal static string? TextOf(ReadOnlySpan<byte> acl, ReadOnlySpan<byte> set)
    {
        if (acl.Length < HeaderBytes || (acl.Length - HeaderBytes) % EntryBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(acl) != Version)
        {
            return null;
        }

        StringBuilder text = new();
        for (int at = HeaderBytes; at < acl.Length; at += EntryBytes)
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(acl[at..]);
            int rights = BinaryPrimitives.ReadUInt16LittleEndian(acl[(at + 2)..]);
            string? kind = tag switch { 0x01 or User => "user", 0x04 or Group => "group", 0x10 => "mask", 0x20 => "other", _ => null };
            if (kind is null || rights > 7)
            {
                return null;
            }

            string who = tag is User or Group ? NameOf(tag == Group, BinaryPrimitives.ReadUInt32LittleEndian(acl[(at + NumberOffset)..]), set) : "";
            text.Append(kind).Append(':').Append(who).Append(':').Append((rights & 4) != 0 ? 'r' : '-').Append((rights & 2) != 0 ? 'w' : '-')
                .Append((rights & 1) != 0 ? 'x' : '-').Append('\n');
        }

        return text.ToString();
    }

    private static string NameOf(bool isGroup, uint number, ReadOnlySpan<byte> set)
    {
        string name = ExtendedSet.TryFind(set, ExtendedSet.AccountKey(isGroup, number), out ReadOnlySpan<byte> stored) ? Encoding.UTF8.GetString(stored) : "";
        return name.Length > 0 && !name.AsSpan().ContainsAny(NotInNames) ? name : number.ToString(CultureInfo.InvariantCulture);
    }
}
