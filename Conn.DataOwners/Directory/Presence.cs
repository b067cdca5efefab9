using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Whether an entry is there. Invariant: only the answers "no such entry" and "no folder" mean that it is not; any other failure to look is a
/// failure, because what cannot be seen may be what must not be lost.</summary>
internal static class Presence
{
    internal static bool IsAbsent(int error) => error is Errno.NotFound or Errno.NotFolder;

    /// <summary>Looks at one name in a folder, links not followed.</summary>
    internal static bool Look(int folder, ReadOnlySpan<byte> name, out FileStatus status)
    {
        int error = Kernel.Stat(folder, name, out status);
        return error == 0 || (IsAbsent(error) ? false : throw Errno.Failure(error, $"'{Encoding.UTF8.GetString(name[..^1])}' cannot be looked at"));
    }
}
