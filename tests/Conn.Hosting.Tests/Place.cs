namespace Conn.Hosting.Tests;

/// <summary>A private folder, gone with its test.</summary>
internal sealed class Place : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("conn-hosting-").FullName;

    public string Repository => At("backups");

    /// <summary>The socket of a daemon.</summary>
    public string Socket => At("s");

    public string At(string name) => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, true);
}
