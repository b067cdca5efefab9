namespace Conn.ActiveBackup.Staging;

/// <summary>A temporary file that only this user can read, and that is removed when it is closed.</summary>
internal sealed class Spool(string folder) : IAsyncDisposable
{
    private readonly FileStream _file = new(Path.Combine(folder, $"conn-{Guid.NewGuid():N}.tmp"), Options());

    public FileStream Content => _file;

    public void Rewind() => _file.Position = 0;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static FileStreamOptions Options()
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose, BufferSize = 64 << 10,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
