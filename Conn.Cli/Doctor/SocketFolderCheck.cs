using Conn.SystemCalls;

namespace Conn.Cli.Doctor;

/// <summary>Whether a daemon may listen in the folder of the socket: it is its user's own, and other users cannot write into it.</summary>
internal sealed class SocketFolderCheck : IDoctorCheck
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(OperatingSystem.IsLinux() && examined.SocketPath is { } socket && Path.GetDirectoryName(socket) is { } folder && Directory.Exists(folder)
            ? [.. Find(socket, folder)] : []);

    private static IEnumerable<Finding> Find(string socket, string folder)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & OthersWrite) != 0)
        {
            yield return Finding.Problem(SocketCheck.About, $"Other users may write into {folder}, the folder of the socket, so no daemon starts there.",
                $"Set its mode to 0700 (chmod 700 {folder}), or choose another socket.", ExitCode.NotPermitted);
        }

        // A socket of the folder's own user is the daemon of that user, which others may ask.
        uint owner = FolderOwner.Of(folder).User;
        uint daemon = File.Exists(socket) ? FolderOwner.Of(socket).User : LibC.EffectiveUser();
        if (owner != daemon)
        {
            yield return Finding.Warning(SocketCheck.About,
                $"{folder}, the folder of the socket, belongs to user {owner}, so a daemon of user {daemon} cannot start there.",
                "Choose a socket in a folder of the daemon's user with CONN_SOCKET or the configuration.");
        }
    }
}
