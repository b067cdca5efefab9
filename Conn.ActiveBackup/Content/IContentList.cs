namespace Conn.ActiveBackup.Content;

/// <summary>An owner, or a class beside it, that can list what the repository holds of it. It needs no source, no engine and no running owner.</summary>
/// <remarks>A host finds it by asking an owner for this interface, or makes the class that goes with the kind that the set records. Safe for several
/// threads.</remarks>
public interface IContentList
{
    /// <summary>Lists the entries of one drive in one set.</summary>
    /// <param name="content">What is stored. The owners of this library read the snapshot alone, so <see cref="StoredContent.Chain"/> may be empty.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <returns>The entries, each folder before what is in it. Memory does not grow with their number.</returns>
    /// <exception cref="ConnException">Corrupt: the stored bytes are damaged or of another kind. NotSupported: the set holds no list of the
    /// content.</exception>
    IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, CancellationToken cancellationToken);
}
