namespace Conn.DataOwners.Posix;

/// <summary>The seam through which every status read during a backup passes, so that a test can lie about times.</summary>
/// <remarks>Without one, what the kernel (statx) says is taken as it is. Called on the thread of the callback, once per status read.</remarks>
public interface IFileStatusSource
{
    /// <summary>Says what is to be believed of an entry.</summary>
    /// <param name="actual">What the kernel said.</param>
    /// <returns><paramref name="actual"/>, or a changed copy.</returns>
    FileStatus Report(FileStatus actual);
}
