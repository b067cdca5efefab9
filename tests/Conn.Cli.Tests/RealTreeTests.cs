using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Real trees: a part of the .NET SDK in every run; any tree and a database of a GB in a campaign by hand, with figures.</summary>
public sealed class RealTreeTests
{
    private const string TreeVariable = "CONN_CAMPAIGN_TREE";
    private const string WorkVariable = "CONN_CAMPAIGN_WORK";
    private const int Files = 1000;

    [Fact]
    public async Task Every_set_of_a_part_of_the_SDK_and_a_database_comes_back_as_it_was()
    {
        using Workplace place = new();
        Directory.CreateDirectory(place.At("tree"));
        int files = 0;
        foreach (string folder in Folders())
        {
            await ToolRun.OtherAsync("cp", "-a", folder, place.At("tree"));
            files += Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count();
            if (files >= Files)
            {
                break;
            }
        }

        Assert.True(files > 300, $"Only {files} files of the SDK were found.");
        await new TreeStory(place, ToolRun.HereAsync, TestContext.Current.SendDiagnosticMessage, rows: 2000).RunAsync();
    }

    [Fact]
    public async Task Campaign_over_a_tree_given_by_hand()
    {
        string? tree = Environment.GetEnvironmentVariable(TreeVariable);
        Assert.SkipWhen(tree is null, $"A campaign is run by hand: {TreeVariable}=/some/tree, and {WorkVariable}=/a/new/folder to keep what it made.");
        using Workplace place = new(Environment.GetEnvironmentVariable(WorkVariable));
        await ToolRun.OtherAsync("cp", "-a", "-T", tree, place.At("tree"));
        string figures = Path.Combine(Path.GetTempPath(), "conn-campaign.txt");
        File.WriteAllText(figures, $"{tree}\n");
        await new TreeStory(place, ToolRun.RunAsync, line =>
        {
            File.AppendAllText(figures, line + "\n");
            Console.Error.WriteLine(line);
        }, rows: 4_600_000).RunAsync();
    }

    /// <summary>Folders of the SDK with many small files; the big ones would only take time.</summary>
    private static IEnumerable<string> Folders()
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        return new[] { "templates", "sdk-manifests", "sdk" }.Select(f => Path.Combine(root, f)).Where(Directory.Exists)
            .SelectMany(f => f.EndsWith("sdk", StringComparison.Ordinal) ? Directory.EnumerateDirectories(f).SelectMany(Directory.EnumerateDirectories) : [f])
            .Where(f => new DirectoryInfo(f).EnumerateFiles("*", SearchOption.AllDirectories).Sum(i => i.Length) < 8_000_000)
            .Order(StringComparer.Ordinal);
    }
}
