namespace Conn.Hosting.Tests;

/// <summary>The data of a <see cref="NoteOwner"/>, as a scoped service of the application.</summary>
internal sealed class Notes
{
    public string Text { get; set; } = "first";

    public Func<CancellationToken, Task> OnBackup { get; set; } = static _ => Task.CompletedTask;

    public Func<CancellationToken, Task> OnRestore { get; set; } = static _ => Task.CompletedTask;
}
