namespace Conn.Ipc.Tests;

/// <summary>A folder for one socket, with a short path.</summary>
internal sealed class SocketFolder : IDisposable
{
    public SocketFolder() => Folder = Directory.CreateTempSubdirectory("conn").FullName;

    public string Folder { get; }

    public string Socket => Path.Combine(Folder, "s");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
