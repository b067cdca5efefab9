using System.Text;
using Conn.ActiveBackup;

namespace Conn.Hosting.Tests;

/// <summary>An owner of one text, which may wait or throw while it is backed up or restored.</summary>
internal sealed class NoteOwner(string name, Notes notes) : StreamDataOwner(name)
{
    protected override async ValueTask WriteAsync(DriveNumber drive, Stream destination, CancellationToken cancellationToken)
    {
        await notes.OnBackup(cancellationToken);
        await destination.WriteAsync(Encoding.UTF8.GetBytes(notes.Text), cancellationToken);
    }

    protected override async ValueTask ReadAsync(DriveNumber drive, Stream source, CancellationToken cancellationToken)
    {
        await notes.OnRestore(cancellationToken);
        using StreamReader reader = new(source);
        notes.Text = await reader.ReadToEndAsync(cancellationToken);
    }
}
