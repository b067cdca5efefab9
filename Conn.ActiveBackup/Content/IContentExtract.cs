namespace Conn.ActiveBackup.Content;

/// <summary>An owner, or a class beside it, that can take single files out of what the repository holds of it. It needs no source, no engine and no running
/// owner.</summary>
/// <remarks>A host finds it as it finds <see cref="IContentList"/>. Safe for several threads.</remarks>
public interface IContentExtract
{
    /// <summary>Extracts the entries that are chosen.</summary>
    /// <param name="content">What is stored.</param>
    /// <param name="select">Chooses. It is called once for each entry of the drive, in the order of the list, before the first piece of a file.</param>
    /// <param name="cancellationToken">Cancels the extraction.</param>
    /// <returns>
    /// The chosen folders in the order of the list, then files and symbolic links in any order, then hard links. A hard link whose first name is not chosen
    /// becomes a file. The content of a file is checked before its <see cref="ContentPieceKind.End"/>.
    /// </returns>
    /// <exception cref="ConnException">Corrupt: the stored bytes are damaged or of another kind. NotSupported: the set holds no list of the
    /// content.</exception>
    IAsyncEnumerable<ContentPiece> ExtractContentAsync(StoredContent content, Func<ContentEntry, bool> select, CancellationToken cancellationToken);
}
