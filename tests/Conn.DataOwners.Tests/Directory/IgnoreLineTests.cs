using System.Diagnostics;
using System.Text;
using Conn.DataOwners.Directory;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Exclude patterns mean what they mean to git.</summary>
public sealed class IgnoreLineTests
{
    private static readonly string[] Parts =
    [
        "a", "b", "ab", "c", "*", "**", "?", "/", "/", "/**/", "**/", "[ab]", "[!a]", "[a-b]", "[]-b]", "[[:alpha:]]", "[[:nothing:]]", "[a", "\\", "\\*", "\\a", "!", "#", " ", ".", "-", "]", "é",
    ];

    private static readonly string[] Names = ["a", "b", "ab", "abc", "c", "*", "a b", "b ", "#", "!", "-", "]", "é", "a\\b", ".a"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>From git's documentation of gitignore, and what other readers of the syntax get wrong.</summary>
    [Theory]
    [InlineData("hello.*", "a/hello.txt", true)]
    [InlineData("/hello.*", "a/hello.c", false)]
    [InlineData("/hello.*", "hello.c", true)]
    [InlineData("foo/", "foo", false)]
    [InlineData("foo/", "foo/", true)]
    [InlineData("foo/", "x/foo/", true)]
    [InlineData("doc/frotz", "doc/frotz", true)]
    [InlineData("doc/frotz", "a/doc/frotz", false)]
    [InlineData("doc/frotz/", "a/doc/frotz/", false)]
    [InlineData("/foo", "foobar/foo", false)]
    [InlineData("foo/*", "foo/test.json", true)]
    [InlineData("foo/*", "foo/bar/hello.c", false)]
    [InlineData("**/foo", "foo", true)]
    [InlineData("**/foo", "a/b/foo", true)]
    [InlineData("**/foo/bar", "x/foo/bar", true)]
    [InlineData("abc/**", "abc/x/y", true)]
    [InlineData("abc/**", "abc/", false)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a**b", "a/b", false)]
    [InlineData("#comment", "#comment", false)]
    [InlineData("\\#hash", "#hash", true)]
    [InlineData("\\!important!.txt", "!important!.txt", true)]
    [InlineData("trailing  ", "trailing", true)]
    [InlineData("trailing\\ ", "trailing ", true)]
    [InlineData("*.o", "a\\b.o", true)]
    [InlineData("a*", " ", false)]
    [InlineData("   ", " ", false)]
    [InlineData("[!a]b", "cb", true)]
    [InlineData("x\\", "x", false)]
    [InlineData("line\r", "line", true)]
    public void A_line_matches_what_it_matches_for_git(string line, string path, bool expected)
    {
        bool isFolder = path.EndsWith('/');
        IgnoreLine? parsed = IgnoreLine.Parse(line);
        Assert.Equal(expected, parsed is not null && parsed.Matches(path.TrimEnd('/'), isFolder));
    }

    [Fact]
    public async Task Random_patterns_exclude_what_git_ignores()
    {
        using var ground = new Playground();
        if (await GitAsync(ground.Path, "init", "-q", ground.Source) is null)
        {
            Assert.Skip("git is not here");
        }

        var random = new Random(20261129);
        string[] paths = [.. MakeTree(ground, string.Empty, 3, random).Order(StringComparer.Ordinal)];
        for (int round = 0; round < 300; round++)
        {
            string[] lines = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Line(random))];
            await File.WriteAllBytesAsync(ground.At("source/.git/info/exclude"), Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n'), Token);
            string input = string.Join('\0', paths) + '\0';
            string[] gits = (await GitAsync(ground.Source, "check-ignore", "--no-index", "-z", "--stdin", input))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
            var exclusions = new Exclusions(new DirectoryOwnerOptions { Name = "files", Exclude = lines });
            string[] ours = [.. paths.Where(path => IsExcluded(ground, exclusions, path))];
            Assert.True(ours.SequenceEqual(gits), $"{string.Join(" | ", lines)}: git says {string.Join(", ", gits)}; the owner says {string.Join(", ", ours)}");
        }
    }

    private static bool IsExcluded(Playground ground, Exclusions exclusions, string path)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (exclusions.MatchesPattern(Encoding.UTF8.GetBytes(path[..slash]), isFolder: true))
            {
                return true;
            }
        }

        return exclusions.MatchesPattern(Encoding.UTF8.GetBytes(path), System.IO.Directory.Exists(ground.At("source/" + path)));
    }

    private static string Line(Random random) => (random.Next(5) == 0 ? "!" : string.Empty)
        + string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Parts[random.Next(Parts.Length)]));

    private static List<string> MakeTree(Playground ground, string folder, int depth, Random random)
    {
        var made = new List<string>();
        foreach (string name in Names.Where(_ => random.Next(3) > 0))
        {
            string path = folder + name;
            made.Add(path);
            if (depth > 1 && random.Next(3) == 0)
            {
                System.IO.Directory.CreateDirectory(ground.At("source/" + path));
                made.AddRange(MakeTree(ground, path + "/", depth - 1, random));
            }
            else
            {
                File.WriteAllText(ground.At("source/" + path), string.Empty);
            }
        }

        return made;
    }

    /// <returns>What git wrote; null when there is no git.</returns>
    private static async Task<string?> GitAsync(string folder, string verb, string first, string second, string? third = null, string? input = null)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8, StandardInputEncoding = new UTF8Encoding(false),
            Environment = { ["GIT_CONFIG_GLOBAL"] = "/dev/null", ["GIT_CONFIG_SYSTEM"] = "/dev/null" },
        };
        foreach (string argument in new[] { verb, first, second, third }.OfType<string>())
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using Process git = Process.Start(start)!;
            Task<string> output = git.StandardOutput.ReadToEndAsync(Token);
            await git.StandardInput.WriteAsync(input);
            git.StandardInput.Close();
            await git.WaitForExitAsync(Token);
            return await output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
