namespace Conn.DataOwners.Directory;

/// <summary>Entries in strictly ascending order of <see cref="RawPath.Compare"/>.</summary>
internal interface ITreeReader
{
    /// <summary>Fills the entry with the next one; false at the end.</summary>
    bool TryRead(TreeEntry entry);
}
