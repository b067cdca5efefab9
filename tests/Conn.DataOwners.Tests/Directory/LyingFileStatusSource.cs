using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A source of file statuses that lies as the test says, or does something to the tree at the moment a status is read.</summary>
/// <remarks>Used by one owner at a time, on its callbacks' thread. A test whose lie was never asked for proves nothing: assert <see cref="LooksAt"/>.</remarks>
public sealed class LyingFileStatusSource : IFileStatusSource
{
    private readonly Func<FileStatus, int, FileStatus> _lie;
    private readonly Dictionary<ulong, int> _looks = [];

    /// <summary>Makes a source.</summary>
    /// <param name="lie">Gets what the kernel said, and how often this inode was looked at (from 1); gives what is to be believed.</param>
    public LyingFileStatusSource(Func<FileStatus, int, FileStatus> lie) => _lie = lie;

    /// <inheritdoc/>
    public FileStatus Report(FileStatus actual)
    {
        int look = LooksAt(actual.Inode) + 1;
        _looks[actual.Inode] = look;
        return _lie(actual, look);
    }

    /// <summary>How often an inode was looked at.</summary>
    /// <param name="inode">The inode.</param>
    /// <returns>0 when never.</returns>
    public int LooksAt(ulong inode) => _looks.GetValueOrDefault(inode);
}
