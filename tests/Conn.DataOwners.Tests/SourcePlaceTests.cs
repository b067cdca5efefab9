using Conn.DataOwners.Tests.Directory;
using Xunit;

namespace Conn.DataOwners.Tests;

/// <summary>Every way to write a place is one source.</summary>
public sealed class SourcePlaceTests
{
    [Theory]
    [InlineData("source")]
    [InlineData("source/")]
    [InlineData("source//")]
    [InlineData("source/.")]
    [InlineData("./source")]
    [InlineData("source/../source")]
    [InlineData("link")]
    [InlineData("link/")]
    [InlineData("up/source")]
    public async Task A_folder_is_one_source_however_it_is_written(string written)
    {
        using Playground ground = Ground();
        string expected = SourcePlace.Of(ground.Source);
        Assert.Equal(ground.Source, expected);
        foreach (string path in new[] { $"{ground.Path}/{written}", Path.GetRelativePath(Environment.CurrentDirectory, ground.Path) + "/" + written })
        {
            await using DirectoryDataOwner owner = new("files", path);
            Assert.Equal(expected, owner.Registration.Source);
        }
    }

    [Theory]
    [InlineData("a.db", "source/a.db")]
    [InlineData("link/a.db", "source/a.db")]
    [InlineData("link/missing/a.db", "source/missing/a.db")]
    [InlineData("round/a.db", "round/a.db")]
    public async Task A_database_is_one_source_through_links_and_where_it_does_not_exist(string written, string real)
    {
        using Playground ground = Ground();
        await File.WriteAllTextAsync(Path.Combine(ground.Source, "a.db"), "", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(ground.At("a.db"), Path.Combine(ground.Source, "a.db"));
        await using SqliteDataOwner owner = new("ledger", $"{ground.Path}/{written}");
        Assert.Equal($"{ground.Path}/{real}", owner.Registration.Source);
    }

    private static Playground Ground()
    {
        Playground ground = new();
        File.CreateSymbolicLink(ground.At("link"), "source");
        File.CreateSymbolicLink(ground.At("up"), ground.Path);
        File.CreateSymbolicLink(ground.At("round"), "round");
        return ground;
    }
}
