namespace Conn.DataOwners;

/// <summary>Represents one extended attribute or ACL of an entry. Immutable.</summary>
/// <param name="Name">The name in the bytes of the system, for example <c>user.color</c> or <c>system.posix_acl_access</c>.</param>
/// <param name="Value">The value in the form of the system.</param>
public sealed record ContentAttribute(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>Gets the entries of an ACL as text, one a line, for example <c>user:backup:r--</c>. Users and groups have their names where these are stored,
    /// else their numbers. Null if the attribute is no ACL, or none in a form that is known.</summary>
    public string? AclText { get; init; }

    /// <summary>Gets whether an ACL is the one that a folder gives to what is made in it. Meaningful only with <see cref="AclText"/>.</summary>
    public bool IsDefaultAcl { get; init; }
}
