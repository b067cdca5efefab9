namespace Conn.DataOwners.Directory;

/// <summary>The extended attributes of an entry in stored form: names in order, each with its value; empty for none. Invariant: what was checked has known
/// names only.</summary>
internal static class ExtendedSet
{
    internal const int MaxValueBytes = 64 * 1024;
    internal const int MaxNameBytes = 255;

    /// <summary>What all names and values of an entry may have together.</summary>
    internal const int MaxBytes = 256 * 1024;

    /// <summary>The entries that a folder gives to what is made in it.</summary>
    internal static ReadOnlySpan<byte> DefaultAcl => "system.posix_acl_default\0"u8;

    /// <summary>Whether an attribute is one that is kept and set: others belong to the system, such as the labels of a security module.</summary>
    internal static bool IsKept(ReadOnlySpan<byte> name) =>
        name.StartsWith("user."u8) || name.StartsWith("trusted."u8) || name.SequenceEqual("security.capability"u8) || IsAcl(name);

    internal static bool IsAcl(ReadOnlySpan<byte> name) => name.SequenceEqual("system.posix_acl_access"u8) || name.SequenceEqual(DefaultAcl[..^1]);

    /// <summary>Whether a name is that of no attribute, but says that its value is the name of a user or group whose number stands in an ACL of the set.</summary>
    internal static bool IsAccountName(ReadOnlySpan<byte> name) => name.StartsWith("acl-"u8);

    /// <summary>Under which name a set keeps the name of a user or group of its ACLs.</summary>
    internal static byte[] AccountKey(bool isGroup, uint number) =>
        System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"acl-{(isGroup ? "group" : "user")}:{number}"));

    /// <summary>Takes the next name off a list as the kernel gives it, with the NUL that ends it.</summary>
    /// <returns>False at the end.</returns>
    internal static bool TryNextName(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> terminated)
    {
        terminated = list[..(list.IndexOf((byte)0) + 1)];
        list = list[terminated.Length..];
        return !terminated.IsEmpty;
    }

    /// <summary>Takes the next attribute of a set.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="ConnException">Corrupt: it is no set.</exception>
    internal static bool TryNext(scoped ref WireReader wire, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (wire.AtEnd)
        {
            return false;
        }

        name = wire.Counted(MaxNameBytes);
        value = wire.Counted(MaxValueBytes);
        return !wire.Starved ? true : throw WireReader.Corrupt("extended attributes end too early");
    }

    /// <exception cref="ConnException">Corrupt: it is no set, or one with attributes that are never set.</exception>
    internal static void Check(ReadOnlySpan<byte> set)
    {
        var wire = new WireReader(set);
        ReadOnlySpan<byte> last = default;
        while (TryNext(ref wire, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            bool isLegal = IsKept(name) || (IsAccountName(name) && value.Length <= Posix.Accounts.MaxNameBytes && !value.Contains((byte)0));
            if (name.Contains((byte)0) || !isLegal || last.SequenceCompareTo(name) >= 0)
            {
                throw WireReader.Corrupt($"'{RawPath.Display(name)}' is no extended attribute that may be here");
            }

            last = name;
        }
    }

    /// <summary>Whether a set has an attribute, and its value.</summary>
    internal static bool TryFind(ReadOnlySpan<byte> set, ReadOnlySpan<byte> wanted, out ReadOnlySpan<byte> found)
    {
        var wire = new WireReader(set);
        while (TryNext(ref wire, out ReadOnlySpan<byte> name, out found))
        {
            if (name.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }
}
