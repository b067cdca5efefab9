namespace Conn.ActiveBackup.Tests.Owners;

/// <summary>The smallest owner: its data is one file, written and read as a stream.</summary>
internal sealed class SettingsOwner(string path) : StreamDataOwner("settings")
{
    protected override async ValueTask WriteAsync(DriveNumber drive, Stream destination, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        await file.CopyToAsync(destination, cancellationToken);
    }

    protected override async ValueTask ReadAsync(DriveNumber drive, Stream source, CancellationToken cancellationToken)
    {
        await using FileStream file = File.Create(path);
        await source.CopyToAsync(file, cancellationToken);
    }
}
