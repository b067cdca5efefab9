using System.Text.Json;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>Three programs in an empty folder outside the clone that use the packages as docs/embedding.md says, built once.</summary>
public sealed class Consumers(PackedFeed feed) : IAsyncLifetime
{
    private const string Solution =
        """
        <Solution><Project Path="Host/Host.csproj" /><Project Path="Author/Author.csproj" /><Project Path="OwnerTests/OwnerTests.csproj" /></Solution>
        """;

    /// <summary>Gets the folder with one folder for each program.</summary>
    public string Folder { get; } = feed.NewFolder("user");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await WriteAsync("nuget.config", EmbeddingPage.File("nuget.config", feed.Folder));
        await WriteAsync("global.json", EmbeddingPage.File("global.json", feed.Folder));
        await WriteAsync("user.slnx", Solution);
        await WriteAsync("Host/Host.csproj", EmbeddingPage.File("Host.csproj", feed.Folder));
        await CopyAsync("tests/Conn.Packages.Tests/Consumers/Host/Program.cs", "Host");
        await WriteAsync("Author/Author.csproj", EmbeddingPage.File("Author.csproj", feed.Folder));
        await CopyAsync("samples/Snippets/ArrayOwner.cs", "Author");
        await WriteAsync("OwnerTests/OwnerTests.csproj", EmbeddingPage.File("OwnerTests.csproj", feed.Folder));
        await CopyAsync("samples/Snippets/VirtualTimeSample.cs", "OwnerTests");
        await CopyAsync("tests/Conn.Packages.Tests/Consumers/OwnerTests/SchedulerTests.cs", "OwnerTests");
        _ = await Command.DotnetAsync(Folder, "build", "user.slnx", "-c", "Release", "-warnaserror");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <summary>Gets the packages that restore chose for a program, as name and version.</summary>
    public IReadOnlyDictionary<string, string> Restored(string program)
    {
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, program, "obj", "project.assets.json")));
        IEnumerable<string[]> libraries = assets.RootElement.GetProperty("libraries").EnumerateObject().Select(static l => l.Name.Split('/'));
        return libraries.ToDictionary(static l => l[0], static l => l[1]);
    }

    private Task CopyAsync(string source, string program) => WriteAsync(Path.Combine(program, Path.GetFileName(source)), Clone.Read(source.Split('/')));

    private Task WriteAsync(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
    }
}
