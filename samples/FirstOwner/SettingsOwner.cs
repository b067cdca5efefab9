using Conn.ActiveBackup;

internal sealed class SettingsOwner(string path) : StreamDataOwner("settings")
{
    protected override async ValueTask WriteAsync(DriveNumber drive, Stream destination, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        await file.CopyToAsync(destination, cancellationToken);
    }

    protected override async ValueTask ReadAsync(DriveNumber drive, Stream source, CancellationToken cancellationToken)
    {
        await using (FileStream file = File.Create(path + ".new"))
        {
            await source.CopyToAsync(file, cancellationToken);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
