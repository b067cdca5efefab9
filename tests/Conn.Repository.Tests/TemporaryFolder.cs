namespace Conn.Repository.Tests;

/// <summary>A folder for one test; disposing deletes it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("conn-repository-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
