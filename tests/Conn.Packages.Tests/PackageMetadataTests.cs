using Xunit;

namespace Conn.Packages.Tests;

/// <summary>Which packages there are, and what they say of themselves.</summary>
public sealed class PackageMetadataTests(PackedFeed feed)
{
    private static readonly string[] Tool = ["Conn.Cli", "Conn.Cli.any", "Conn.Cli.linux-x64"];

    public static TheoryData<string> Names => [.. Libraries.Names];

    [Fact]
    public void Packing_the_solution_makes_every_library_and_the_tool() => Assert.Equal(
        Libraries.Names.Concat(Tool).Select(static id => $"{id}.{PackedFeed.Version}.nupkg").Order(StringComparer.Ordinal),
        feed.Packages.Select(static f => Path.GetFileName(f)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_library_depends_on_what_its_user_needs_and_on_nothing_else(string id)
    {
        using Package package = feed.Open(id);
        Assert.Equal(Libraries.Dependencies[id], package.Dependencies);
    }

    [Fact]
    public void Every_package_says_what_it_is_in_one_sentence_and_carries_a_readme_of_its_own()
    {
        List<string> readmes = [];
        foreach (string path in feed.Packages)
        {
            using Package package = new(path);
            string description = package.Text("description") ?? "";
            Assert.True(description.IndexOf('.', StringComparison.Ordinal) == description.Length - 1, $"{package.Id}: {description}");
            Assert.Equal("MIT", package.Text("license"));
            readmes.Add(package.ReadText(package.Text("readme")!));
        }

        // The packages of the tool share one.
        Assert.Equal(readmes.Count - Tool.Length + 1, readmes.Distinct(StringComparer.Ordinal).Count());
    }
}
