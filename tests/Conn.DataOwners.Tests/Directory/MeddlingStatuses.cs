using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Lies about statuses, or does something to the tree while one is read: the test says what, and gets how often an inode was looked at.</summary>
internal sealed class MeddlingStatuses(Func<FileStatus, int, FileStatus> report) : IFileStatusSource
{
    private readonly Dictionary<ulong, int> _looks = [];

    public FileStatus Report(FileStatus actual)
    {
        int look = _looks.GetValueOrDefault(actual.Inode) + 1;
        _looks[actual.Inode] = look;
        return report(actual, look);
    }

    internal int LooksAt(ulong inode) => _looks.GetValueOrDefault(inode);
}
